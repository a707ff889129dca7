import { type Dimension, isSame, productOf, times } from "../../graph/dimension";
import { dividedBy, plus } from "../../graph/sizeArithmetic";
import { exp } from "../../numeric/exponential";
import { erf } from "../../numeric/errorFunction";
import { tanh } from "../../numeric/hyperbolicTangent";
import { log } from "../../numeric/logarithm";
import { pow } from "../../numeric/power";
import { cos, sin } from "../../numeric/trigonometric";
import { constantOfRank, withoutBatch } from "./broadcast";
import type { Call } from "./call";
import { floats, pick, placesOf, reordered, stridesOf, upTo } from "./layout";
import { meaningOfType, narrowed } from "./operators/elementwise";
import { axisIn, broadcastSizes } from "./operators/shaping";
import { sliceOf } from "./operators/taking";
import { Refusal } from "./refusal";
import { newSizesOf } from "./reshaping";
import { Constant, Held, type Meaning, type Numbers, whole } from "./values";

/** Computes a tensor of others that are known; undefined where it must be computed with the model. */
type Fold = (call: Call, inputs: readonly Constant[]) => Constant | readonly Constant[] | undefined;

type Scalar = (a: Dimension, b: Dimension) => Dimension | undefined;

const isOpenSize = (size: Dimension) => typeof size !== "number";

/** A function of numbers, which sizes of the batch cannot go into. */
const ofNumbers =
  (compute: (a: number, b: number) => number): Scalar =>
  (a, b) =>
    typeof a === "number" && typeof b === "number" ? compute(a, b) : undefined;

const truth = (is: boolean) => (is ? 1 : 0);

/** Comparisons: sizes of the batch are at least 1. */
const compared = (compute: (a: number, b: number) => boolean): Scalar => {
  return (a, b) => {
    if (typeof a === "number" && typeof b === "number") return truth(compute(a, b));
    if (isSame(a, b)) return truth(compute(1, 1));
    if (typeof b === "number" && b < 1) return truth(compute(1, b));
    if (typeof a === "number" && a < 1) return truth(compute(a, 1));
    return undefined;
  };
};

const binaries: Readonly<Record<string, { compute: Scalar; meaning?: Meaning }>> = {
  Add: { compute: plus },
  Sub: { compute: (a, b) => plus(a, negated(b)) },
  Mul: { compute: times },
  Div: { compute: (a, b) => (typeof a === "number" && typeof b === "number" ? a / b : dividedBy(a, b)) },
  Pow: { compute: ofNumbers(pow) },
  Mod: { compute: ofNumbers(modulo) },
  Max: { compute: (a, b) => (isSame(a, b) ? a : larger(a, b)) },
  Min: { compute: (a, b) => (isSame(a, b) ? a : smaller(a, b)) },
  Equal: { compute: compared((a, b) => a === b), meaning: "bool" },
  Less: { compute: compared((a, b) => a < b), meaning: "bool" },
  LessOrEqual: { compute: compared((a, b) => a <= b), meaning: "bool" },
  Greater: { compute: compared((a, b) => a > b), meaning: "bool" },
  GreaterOrEqual: { compute: compared((a, b) => a >= b), meaning: "bool" },
  And: { compute: ofNumbers((a, b) => truth(a !== 0 && b !== 0)), meaning: "bool" },
  Or: { compute: ofNumbers((a, b) => truth(a !== 0 || b !== 0)), meaning: "bool" },
};

/** What is left, with the sign of the divisor. */
function modulo(a: number, b: number): number {
  const rest = a % b;
  if (rest === 0) return b < 0 || Object.is(b, -0) ? -0 : 0;
  return rest < 0 !== b < 0 ? rest + b : rest;
}

function negated(size: Dimension): Dimension {
  return typeof size === "number" ? -size : times(size, -1);
}

/** The batch is larger than what is below 1. */
function larger(a: Dimension, b: Dimension): Dimension | undefined {
  if (typeof a === "number" && typeof b === "number") return Math.max(a, b);
  if (typeof a === "number") return a <= 1 ? b : undefined;
  return typeof b === "number" && b <= 1 ? a : undefined;
}

function smaller(a: Dimension, b: Dimension): Dimension | undefined {
  if (typeof a === "number" && typeof b === "number") return Math.min(a, b);
  if (typeof a === "number") return a <= 1 ? a : undefined;
  return typeof b === "number" && b <= 1 ? b : undefined;
}

const unaries: Readonly<Record<string, { compute: (x: number) => number; meaning?: Meaning }>> = {
  Abs: { compute: Math.abs },
  Ceil: { compute: Math.ceil },
  Cos: { compute: cos },
  Erf: { compute: erf },
  Exp: { compute: exp },
  Floor: { compute: Math.floor },
  Log: { compute: log },
  Neg: { compute: (x) => -x },
  Not: { compute: (x) => truth(x === 0), meaning: "bool" },
  Reciprocal: { compute: (x) => 1 / x },
  Sign: { compute: Math.sign },
  Sin: { compute: sin },
  Sqrt: { compute: Math.sqrt },
  Tanh: { compute: tanh },
};

/** Numbers in the array of their meaning. */
const kept = (numbers: Dimension[], meaning: Meaning): Numbers =>
  meaning === "float" ? Float32Array.from(numbers as number[]) : numbers;

/** Two tensors, number by number, repeated along each other. */
function combine(call: Call, [a, b]: readonly Constant[], compute: Scalar, meaning: Meaning): Constant | undefined {
  const rank = Math.max(a.shape.length, b.shape.length);
  const [first, second] = [constantOfRank(a, rank), constantOfRank(b, rank)];
  const shape = broadcastSizes(first.shape, second.shape) as number[];
  call.importing.bounds.make(shape.reduce((all, size) => all * size, 1));
  const placesFor = ({ shape: own }: Constant) =>
    placesOf(
      shape,
      stridesOf(own).map((stride, axis) => (own[axis] === 1 ? 0 : stride)),
    );
  const [left, right] = [placesFor(first), placesFor(second)];
  const [x, y] = [first.numbers, second.numbers];
  const numbers: Dimension[] = new Array(left.length);
  for (let i = 0; i < left.length; i++) {
    const number = compute(x[left[i]], y[right[i]]);
    if (number === undefined) throw new Refusal("computes with the size of the batch");
    numbers[i] = number;
  }
  const sizes = first.isOpen || second.isOpen ? broadcastSizes(first.sizes, second.sizes) : undefined;
  return new Constant(shape, kept(numbers, meaning), meaning, { sizes });
}

function foldBinary(call: Call, inputs: readonly Constant[]): Constant | undefined {
  const { compute, meaning } = binaries[call.proto.type];
  const isFloat = inputs.some((one) => one.meaning === "float");
  const whole_ = meaning ?? (isFloat ? "float" : "int");
  const isDivision = call.proto.type === "Div" && !isFloat;
  const isC = call.proto.type === "Mod" && call.integer("fmod", 0) !== 0;
  const own: Scalar = isC
    ? ofNumbers((a, b) => a % b)
    : isDivision
      ? (a, b) => {
          const quotient = compute(a, b);
          return typeof quotient === "number" ? Math.trunc(quotient) : quotient;
        }
      : compute;
  return inputs.length === 1
    ? inputs[0]
    : inputs
        .slice(1)
        .reduce<Constant | undefined>((sum, one) => sum && combine(call, [sum, one], own, whole_), inputs[0]);
}

function foldUnary(call: Call, [x]: readonly Constant[]): Constant | undefined {
  const { compute, meaning = x.meaning } = unaries[call.proto.type];
  const { plain } = x;
  if (!plain) throw new Refusal("computes with the size of the batch");
  call.importing.bounds.make(x.count);
  const numbers = Array.from(plain, compute);
  return new Constant(x.shape, kept(numbers, meaning), meaning, { sizes: x.about.sizes });
}

const cast: Fold = (call, [x]) => {
  const meaning = call.proto.type === "CastLike" ? call.need(1).meaning : meaningOfType(call.integer("to", 1));
  if (meaning === x.meaning) return x;
  const { plain } = x;
  if (!plain) return new Constant(x.shape, x.numbers, meaning, x.about);
  const to = call.proto.type === "CastLike" ? 0 : call.integer("to", 1);
  const convert = {
    float: Math.fround,
    int: (value: number) => narrowed(value, to),
    bool: (value: number) => truth(value !== 0),
  }[meaning];
  return new Constant(x.shape, kept(Array.from(plain, convert), meaning), meaning, { sizes: x.about.sizes });
};

/** Constants without sizes of the batch along their axes, which other functions do not take. */
const closed = (fold: Fold): Fold => {
  return (call, inputs) => (inputs[0].isOpen ? undefined : fold(call, inputs));
};

const numbersOf = (constant: Constant): number[] => {
  const { plain } = constant;
  if (!plain) throw new Refusal("depends on the size of the batch");
  return Array.from(plain);
};

const reshape: Fold = closed((call, [x]) => {
  const target = call.sizes(1, "shape") ?? [];
  const sizes = newSizesOf(x.shape, target, { batch: undefined, keepsZeros: call.integer("allowzero", 0) !== 0 });
  if (sizes.some(isOpenSize)) throw new Refusal("gives a constant the size of the batch");
  return x.with(sizes as number[], () => x.numbers);
});

const unsqueeze: Fold = (call, [x]) => {
  const axes = call.integers(1, "axes") ?? [];
  const rank = x.shape.length + axes.length;
  const added = axes.map((axis) => axisIn(axis, rank));
  const spread = <T>(own: readonly T[]): (T | number)[] => {
    const rest = [...own];
    return upTo(rank).map((axis) => (added.includes(axis) ? 1 : rest.shift()!));
  };
  return x.with(spread(x.shape) as number[], () => x.numbers, x.about.sizes && (spread(x.sizes) as Dimension[]));
};

const squeeze: Fold = (call, [x]) => {
  const rank = x.shape.length;
  const given = call.integers(1, "axes")?.map((axis) => axisIn(axis, rank));
  const gone = given ?? upTo(rank).filter((axis) => isSame(x.sizes[axis], 1));
  if (gone.some((axis) => !isSame(x.sizes[axis], 1))) throw new Refusal("drops an axis that is not 1 long");
  const rest = <T>(own: readonly T[]) => own.filter((_, axis) => !gone.includes(axis));
  return x.with(rest(x.shape), () => x.numbers, x.about.sizes && rest(x.sizes));
};

const transpose: Fold = (call, [x]) => reordered(x, call.integers(-1, "perm") ?? upTo(x.shape.length).reverse());

const concat: Fold = (call, inputs) => {
  const rank = inputs[0].shape.length;
  const axis = axisIn(call.integer("axis", 0), rank);
  if (inputs.some(({ isOpen }) => isOpen)) return undefined;
  call.importing.bounds.make(inputs.reduce((all, { count }) => all + count, 0));
  const outer = inputs[0].shape.slice(0, axis).reduce((all, size) => all * size, 1);
  const numbers: Dimension[] = [];
  const widths = inputs.map(({ count }) => count / outer);
  for (let row = 0; row < outer; row++) {
    inputs.forEach(({ numbers: own }, i) => {
      for (let j = 0; j < widths[i]; j++) numbers.push(own[row * widths[i] + j]);
    });
  }
  const size = inputs.reduce((all, { shape }) => all + shape[axis], 0);
  const shape = inputs[0].shape.map((own, i) => (i === axis ? size : own));
  return new Constant(shape, kept(numbers, inputs[0].meaning), inputs[0].meaning);
};

/** Numbers along one axis by their places. */
function along(call: Call, x: Constant, axis: number, places: readonly number[], shape: readonly number[]): Constant {
  const outer = x.shape.slice(0, axis).reduce((all, size) => all * size, 1);
  const inner = x.shape.slice(axis + 1).reduce((all, size) => all * size, 1);
  call.importing.bounds.make(outer * places.length * inner);
  const taken = new Int32Array(outer * places.length * inner);
  let at = 0;
  for (let row = 0; row < outer; row++) {
    for (const place of places) {
      const from = (row * x.shape[axis] + place) * inner;
      for (let i = 0; i < inner; i++) taken[at++] = from + i;
    }
  }
  const sizes = [...x.sizes.slice(0, axis), ...shape, ...x.sizes.slice(axis + 1)];
  const numbers = pick(x.numbers, taken);
  const own = [...x.shape.slice(0, axis), ...shape, ...x.shape.slice(axis + 1)];
  return x.with(own, numbers, sizes.some(isOpenSize) ? sizes : undefined);
}

const gather: Fold = (call, [x, indices]) => {
  const axis = axisIn(call.integer("axis", 0), x.shape.length);
  if (isOpenSize(x.sizes[axis]) || indices.isOpen) return undefined;
  const size = x.shape[axis];
  const places = numbersOf(indices).map((place) => (place < 0 ? place + size : place));
  if (places.some((place) => place < 0 || place >= size)) throw new Refusal("takes places beyond a constant");
  return along(call, x, axis, places, indices.shape);
};

const gatherElements: Fold = (call, [x, indices]) => {
  const rank = x.shape.length;
  const axis = axisIn(call.integer("axis", 0), rank);
  if (isOpenSize(x.sizes[axis]) || isOpenSize(indices.sizes[axis])) return undefined;
  call.importing.bounds.make(indices.count);
  const strides = stridesOf(x.shape).map((stride, i) => (i === axis || x.shape[i] === 1 ? 0 : stride));
  const places = placesOf(indices.shape, strides);
  const own = numbersOf(indices);
  const size = x.shape[axis];
  const step = stridesOf(x.shape)[axis];
  places.forEach((place, i) => {
    const index = own[i] < 0 ? own[i] + size : own[i];
    if (index < 0 || index >= size) throw new Refusal("takes places beyond a constant");
    places[i] = place + index * step;
  });
  return new Constant(indices.shape, pick(x.numbers, places), x.meaning, { sizes: indices.about.sizes });
};

const slice: Fold = (call, [x]) => {
  const starts = call.sizes(1, "starts") ?? [];
  const ends = call.sizes(2, "ends") ?? [];
  const axes = call.integers(3, "axes") ?? upTo(starts.length);
  const steps = call.integers(4, "steps") ?? starts.map(() => 1);
  let result = x;
  starts.forEach((start, i) => {
    const axis = axisIn(axes[i], x.shape.length);
    const { start: first, size, step } = sliceOf(x.sizes[axis], start, ends[i], steps[i]);
    if (isOpenSize(x.sizes[axis])) {
      if (first === 0 && step === 1 && isSame(size, x.sizes[axis])) return;
      throw new Refusal("takes a part of the batch");
    }
    const places = upTo(size as number).map((place) => (first as number) + place * step);
    result = along(call, result, axis, places, [places.length]);
  });
  return result;
};

const split: Fold = (call, [x]) => {
  const axis = axisIn(call.integer("axis", 0), x.shape.length);
  if (x.isOpen) return undefined;
  const count = call.proto.outputs.length;
  const each = Math.ceil(x.shape[axis] / count);
  const sizes = call.integers(1, "split") ?? upTo(count).map((i) => Math.min(each, x.shape[axis] - i * each));
  let start = 0;
  return sizes.map((size) => {
    const places = upTo(size).map((i) => start + i);
    start += size;
    return along(call, x, axis, places, [size]);
  });
};

/** Repeated: what is repeated along the batch is kept once. */
const expand: Fold = (call, [given]) => {
  const target = call.sizes(1, "shape") ?? [];
  const x = target.reduce<Constant>((one, size, axis) => {
    const own = axis - target.length + one.shape.length;
    return isOpenSize(size) && own >= 0 ? withoutBatch(one, own, call.importing.batch) : one;
  }, given);
  const sizes = broadcastSizes(x.sizes, target);
  const own = constantOfRank(x, sizes.length);
  const shape = sizes.map((size, axis) => (typeof size === "number" ? size : own.shape[axis]));
  if (shape.some((size, axis) => isOpenSize(sizes[axis]) && size !== 1))
    throw new Refusal("repeats a constant along the batch");
  call.importing.bounds.make(shape.reduce((all, size) => all * size, 1));
  const strides = stridesOf(own.shape).map((stride, axis) => (own.shape[axis] === 1 ? 0 : stride));
  const isSameShape = shape.every((size, axis) => size === own.shape[axis]);
  const numbers = isSameShape ? () => own.numbers : pick(own.numbers, placesOf(shape, strides));
  return own.with(shape, numbers, sizes.some(isOpenSize) ? sizes : undefined);
};

const tile: Fold = closed((call, [x]) => {
  const repeats = call.integers(1, "repeats") ?? [];
  call.importing.bounds.make(repeats.reduce((all, times_) => all * times_, x.count));
  let result = x;
  repeats.forEach((count, axis) => {
    const places = upTo(count * x.shape[axis]).map((i) => i % x.shape[axis]);
    result = along(call, result, axis, places, [places.length]);
  });
  return result;
});

const constantOfShape: Fold = (call, [shape]) => {
  const value = call.tensor("value") ?? new Constant([1], Float32Array.of(0), "float");
  const sizes = Array.from(shape.numbers);
  const own = sizes.map((size) => (typeof size === "number" ? size : 1));
  const count = own.reduce((all, size) => all * size, 1);
  call.importing.bounds.fill(count);
  const fill = value.numbers[0] as number;
  const make = () =>
    value.meaning === "float" ? new Float32Array(count).fill(fill) : new Float64Array(count).fill(fill);
  // Some nets have their weights made so.
  const origin = value.meaning === "float" && count > 1 ? call.proto.outputs[0] : undefined;
  return new Constant(own, make, value.meaning, {
    origin,
    isFilled: true,
    sizes: sizes.some(isOpenSize) ? sizes : undefined,
  });
};

const range: Fold = (call, inputs) => {
  const [start, limit, delta] = inputs.map((one) => one.numbers[0]);
  if (typeof start !== "number" || typeof limit !== "number" || typeof delta !== "number") {
    throw new Refusal("counts up to the size of the batch");
  }
  const count = Math.max(0, Math.ceil((limit - start) / delta));
  call.importing.bounds.make(count);
  const { meaning } = inputs[0];
  return new Constant(
    [count],
    kept(
      Array.from({ length: count }, (_, i) => start + i * delta),
      meaning,
    ),
    meaning,
  );
};

const where: Fold = (call, inputs) => {
  const [condition, a, b] = inputs;
  const { meaning } = a;
  const chosen = combine(call, [condition, a], (is, value) => (is === 0 ? Number.NaN : value), "int");
  const others = combine(call, [condition, b], (is, value) => (is === 0 ? value : Number.NaN), "int");
  if (!chosen || !others) return undefined;
  // One of both is NaN, unless the chosen number is.
  const numbers = combine(
    call,
    [chosen, others],
    (x, y) => (typeof x === "number" && Number.isNaN(x) ? y : x),
    meaning,
  );
  return numbers;
};

/** Products and sums of sizes, and means of weights. */
const reduced: Fold = closed((call, [x]) => {
  const axes = call.integers(1, "axes");
  const rank = x.shape.length;
  const isAll = !axes?.length || axes.length === rank;
  if (!isAll) return undefined;
  if (!axes?.length && call.integer("noop_with_empty_axes", 0)) return x;
  const numbers = Array.from(x.numbers);
  const { type } = call.proto;
  let result: Dimension | undefined;
  if (type === "ReduceProd") result = productOf(numbers);
  else if (type === "ReduceMax")
    result = numbers.reduce<Dimension>((one, other) => larger(one, other) ?? Number.NaN, numbers[0]);
  else result = numbers.reduce<Dimension | undefined>((one, other) => (one !== undefined ? plus(one, other) : one), 0);
  if (result === undefined || (typeof result === "number" && Number.isNaN(result))) return undefined;
  const shape = call.integer("keepdims", 1) ? x.shape.map(() => 1) : [];
  return new Constant(shape, kept([result], x.meaning), x.meaning);
});

/** Weights that are kept as small integers. */
const dequantize: Fold = (call, [x, scale, zero]) => {
  const axis = scale.count === 1 ? 0 : axisIn(call.integer("axis", 1), x.shape.length);
  if (scale.shape.length > 1) return undefined;
  const inner = x.shape.slice(axis + 1).reduce((all, size) => all * size, 1);
  const [factors, zeros] = [floats(scale), zero && floats(zero)];
  const numbers = () => {
    const own = x.plain!;
    return Float32Array.from({ length: x.count }, (_, i) => {
      const group = scale.count === 1 ? 0 : Math.floor(i / inner) % x.shape[axis];
      return (own[i] - (zeros?.[group] ?? 0)) * factors[group];
    });
  };
  return new Constant(x.shape, numbers, "float", { origin: x.about.origin });
};

const trilu: Fold = closed((call, [x]) => {
  const diagonal = (call.maybeConstant(1, "k")?.numbers[0] as number | undefined) ?? 0;
  const isUpper = call.integer("upper", 1) !== 0;
  const [rows, columns] = x.shape.slice(-2);
  call.importing.bounds.make(x.count);
  const numbers = Array.from(x.numbers, (value, i) => {
    const distance = (i % columns) - (Math.floor(i / columns) % rows);
    return (isUpper ? distance >= diagonal : distance <= diagonal) ? value : 0;
  });
  return x.with(x.shape, kept(numbers, x.meaning));
});

const constant: Fold = (call) => {
  const { attributes } = call.proto;
  const tensor = call.tensor("value");
  if (tensor) return tensor;
  const float = attributes.get("value_float")?.float;
  if (float !== undefined) return new Constant([], Float32Array.of(float), "float");
  const floats_ = attributes.get("value_floats")?.floats;
  if (floats_) return new Constant([floats_.length], Float32Array.from(floats_), "float");
  const integer = attributes.get("value_int")?.integer;
  if (integer !== undefined) return new Constant([], [integer], "int");
  const integers = attributes.get("value_ints")?.integers;
  if (integers) return whole(integers);
  throw new Refusal("is of a text or sparse, not of numbers");
};

const identity: Fold = (_, [x]) => x;

const folds: Readonly<Record<string, Fold>> = {
  ...Object.fromEntries(Object.keys(binaries).map((type) => [type, foldBinary])),
  ...Object.fromEntries(Object.keys(unaries).map((type) => [type, foldUnary])),
  Cast: cast,
  CastLike: cast,
  Concat: concat,
  Constant: constant,
  ConstantOfShape: constantOfShape,
  DequantizeLinear: dequantize,
  Dropout: (call, [x, ratio, training]) =>
    training?.numbers[0] && ratio?.numbers[0] !== 0 ? undefined : identity(call, [x]),
  Expand: expand,
  Flatten: closed((call, [x]) => {
    const axis = call.integer("axis", 1);
    const at = axis < 0 ? axis + x.shape.length : axis;
    const count = (sizes: readonly number[]) => sizes.reduce((all, size) => all * size, 1);
    return x.with([count(x.shape.slice(0, at)), count(x.shape.slice(at))], () => x.numbers);
  }),
  Gather: gather,
  GatherElements: gatherElements,
  Identity: identity,
  Range: range,
  ReduceMax: reduced,
  ReduceProd: reduced,
  ReduceSum: reduced,
  Reshape: reshape,
  Slice: slice,
  Split: split,
  Squeeze: squeeze,
  Tile: tile,
  Transpose: transpose,
  Trilu: trilu,
  Unsqueeze: unsqueeze,
  Where: where,
};

/** What a node computes of constants, if it can be known; undefined where the model must compute it. */
export function fold(call: Call): readonly Constant[] | undefined {
  const { type } = call.proto;
  if (type === "Shape" || type === "Size") return [shapeOf(call)];
  if (call.values.some((value) => value instanceof Held)) return undefined;
  const rule = Object.hasOwn(folds, type) ? folds[type] : undefined;
  const inputs = call.values.filter((value) => value instanceof Constant);
  if (!rule || (inputs.length === 0 && type !== "Constant")) return undefined;
  const made = rule(call, inputs);
  return made && (made instanceof Constant ? [made] : made);
}

/** The sizes of a tensor: those of the batch are the batch. */
function shapeOf(call: Call): Constant {
  const sizes = call.need(0).sizes;
  if (call.proto.type === "Size") return new Constant([], [productOf(sizes)], "int");
  const at = (place: number) => Math.max(0, Math.min(sizes.length, place < 0 ? place + sizes.length : place));
  const found = sizes.slice(at(call.integer("start", 0)), at(call.integer("end", sizes.length)));
  return whole(found);
}
