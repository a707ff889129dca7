import { type Dimension, isSame } from "../../../graph/dimension";
import { constantOfRank, withoutBatch } from "../broadcast";
import type { Call } from "../call";
import { pick, placesOf, reordered, stridesOf, upTo } from "../layout";
import { axisIn, broadcastSizes } from "../operators/shaping";
import { sliceOf } from "../operators/taking";
import { refusal } from "../refusal";
import { newSizesOf } from "../reshaping";
import { Constant } from "../values";
import { closed, type Fold, isOpenSize, kept, numbersOf } from "./rule";

const reshape: Fold = closed((call, [x]) => {
  const target = call.sizes(1, "shape") ?? [];
  const sizes = newSizesOf(x.shape, target, { batch: undefined, keepsZeros: call.integer("allowzero", 0) !== 0 });
  if (sizes.some(isOpenSize)) throw refusal("gives a constant the size of the batch");
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
  if (gone.some((axis) => !isSame(x.sizes[axis], 1))) throw refusal("drops an axis that is not 1 long");
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
  const widths = inputs.map(({ count }) => count / outer);
  const total = inputs.reduce((all, { count }) => all + count, 0);
  const { meaning } = inputs[0];
  const numbers = meaning === "float" ? new Float32Array(total) : new Array<Dimension>(total);
  const sources = inputs.map((input) => input.numbers);
  let at = 0;
  for (let row = 0; row < outer; row++) {
    sources.forEach((own, i) => {
      for (let j = 0; j < widths[i]; j++) numbers[at++] = own[row * widths[i] + j] as number;
    });
  }
  const size = inputs.reduce((all, { shape }) => all + shape[axis], 0);
  const shape = inputs[0].shape.map((own, i) => (i === axis ? size : own));
  return new Constant(shape, numbers, meaning);
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
  if (places.some((place) => place < 0 || place >= size)) throw refusal("takes places beyond a constant");
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
    if (index < 0 || index >= size) throw refusal("takes places beyond a constant");
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
      throw refusal("takes a part of the batch");
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
    throw refusal("repeats a constant along the batch");
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

const flatten: Fold = closed((call, [x]) => {
  const axis = call.integer("axis", 1);
  const at = axis < 0 ? axis + x.shape.length : axis;
  const count = (sizes: readonly number[]) => sizes.reduce((all, size) => all * size, 1);
  return x.with([count(x.shape.slice(0, at)), count(x.shape.slice(at))], () => x.numbers);
});

export const shapeFolds: Readonly<Record<string, Fold>> = {
  Concat: concat,
  Expand: expand,
  Flatten: flatten,
  Gather: gather,
  GatherElements: gatherElements,
  Reshape: reshape,
  Slice: slice,
  Split: split,
  Squeeze: squeeze,
  Tile: tile,
  Transpose: transpose,
  Trilu: trilu,
  Unsqueeze: unsqueeze,
};
