import { type Dimension, isSame, productOf, times } from "../../../graph/dimension";
import { dividedBy, plus } from "../../../graph/sizeArithmetic";
import { erf } from "../../../numeric/errorFunction";
import { exp } from "../../../numeric/exponential";
import { tanh } from "../../../numeric/hyperbolicTangent";
import { log } from "../../../numeric/logarithm";
import { pow } from "../../../numeric/power";
import { cos, sin } from "../../../numeric/trigonometric";
import { constantOfRank } from "../broadcast";
import type { Call } from "../call";
import { placesOf, stridesOf } from "../layout";
import { meaningOfType, narrowed } from "../operators/elementwise";
import { broadcastSizes } from "../operators/shaping";
import { refusal } from "../refusal";
import { Constant, type Meaning } from "../values";
import { closed, type Fold, kept } from "./rule";

type Scalar = (a: Dimension, b: Dimension) => Dimension | undefined;

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
  Relu: { compute: (x) => Math.max(0, x) },
  Sigmoid: { compute: (x) => 1 / (1 + exp(-x)) },
  Sign: { compute: Math.sign },
  Sin: { compute: sin },
  Sqrt: { compute: Math.sqrt },
  Tanh: { compute: tanh },
};

/** Two tensors, number by number, repeated along each other. */
export function combine(
  call: Call,
  [a, b]: readonly Constant[],
  compute: Scalar,
  meaning: Meaning,
): Constant | undefined {
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
    if (number === undefined) throw refusal("computes with the size of the batch");
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
  if (!plain) throw refusal("computes with the size of the batch");
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

export const arithmeticFolds: Readonly<Record<string, Fold>> = {
  ...Object.fromEntries(Object.keys(binaries).map((type) => [type, foldBinary])),
  ...Object.fromEntries(Object.keys(unaries).map((type) => [type, foldUnary])),
  Cast: cast,
  CastLike: cast,
  ReduceMax: reduced,
  ReduceProd: reduced,
  ReduceSum: reduced,
  Where: where,
};
