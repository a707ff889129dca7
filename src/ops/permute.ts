import { defineOp, type Example, type Examples } from "./op";
import { keepsRange } from "./range";
import { forEachPlace, placesOf, STRIDED_RANK, stridedCounts, stridesOf } from "./strided";

/** The most axes of a tensor that `permute` can reorder, the batch included. */
export const PERMUTE_RANK = STRIDED_RANK;

/**
 * The same numbers with axes in another order, or some of them: slices, steps, flips.
 *
 *     y[i0, …, i5] = x[offset + i0·stride0 + … + i5·stride5]        dx = dy, back where each came from, 0 elsewhere
 *
 * `size` are the lengths of y's axes, where those that it lacks, behind the first, are 1; `stride` says how far apart
 * neighbours along each stand in x, backwards where it is negative. No number of x is in y twice. `isWhole` is 1 where each
 * of the `xCount` numbers of x is in y.
 */
export const permute = defineOp({
  name: "permute",
  inputs: ["x"],
  outputs: ["y"],
  range: keepsRange,
  counts: [...stridedCounts, "xCount", "isWhole"],

  forward({ heap }, { x, y, ...places }) {
    forEachPlace(places, (source, target) => {
      heap[y + target] = heap[x + source];
    });
  },

  backward({ heap }, { dx, addDx, dy, xCount, isWhole, ...places }) {
    if (!addDx && !isWhole) heap.fill(0, dx, dx + xCount);
    forEachPlace(places, (source, target) => {
      heap[dx + source] = (addDx ? heap[dx + source] : 0) + heap[dy + target];
    });
  },
});

/** The counts of a row that reorders the axes of a shape, both with the batch: axis i of y is axis order[i] of x. */
export function permuteCounts(shape: readonly number[], order: readonly number[]): Record<string, number> {
  const strides = stridesOf(shape);
  const places = placesOf(
    order.map((axis) => shape[axis]),
    order.map((axis) => strides[axis]),
    0,
  );
  return { ...places, xCount: shape.reduce((product, length) => product * length, 1), isWhole: 1 };
}

/** The part of a tensor that a slice takes of each axis: `size` numbers from `start` on, `step` apart. */
export interface SliceOfAxis {
  readonly start: number;
  readonly size: number;
  /** Other than 0; below 0 it goes backwards. */
  readonly step: number;
}

/** The counts of a row that takes a slice, of at most `PERMUTE_RANK` axes. */
export function sliceCounts(shape: readonly number[], slices: readonly SliceOfAxis[]): Record<string, number> {
  const strides = stridesOf(shape);
  const places = placesOf(
    slices.map(({ size }) => size),
    slices.map(({ step }, axis) => step * strides[axis]),
    slices.reduce((offset, { start }, axis) => offset + start * strides[axis], 0),
  );
  const isWhole = slices.every(({ size }, axis) => size === shape[axis]);
  return { ...places, xCount: shape.reduce((product, length) => product * length, 1), isWhole: isWhole ? 1 : 0 };
}

function example(shape: number[], order: number[]): Example {
  return { shapes: { x: shape, y: order.map((axis) => shape[axis]) }, counts: permuteCounts(shape, order) };
}

/** An example of slices [start, size, step]. */
function sliceExample(shape: number[], ...slices: [start: number, size: number, step: number][]): Example {
  const parts = slices.map(([start, size, step]) => ({ start, size, step }));
  return { shapes: { x: shape, y: parts.map(({ size }) => size) }, counts: sliceCounts(shape, parts) };
}

export const examples: Examples = {
  op: permute,
  tolerance: 0,
  // Much of x may be in no slice.
  hidesNaN: true,
  sizes: (n) => [
    example([3, n, 5], [0, 2, 1]),
    example([2, n, 13], [0, 2, 1]),
    example([2, 3, n, 2], [0, 3, 1, 2]),
    example([2, 3, 2, n], [0, 2, 1, 3]),
    example([1, 2, n, 3, 2], [0, 4, 3, 2, 1]),
    example([2, 3, 2, n, 2, 3], [3, 5, 0, 2, 4, 1]),
    example([n, 4], [0, 1]),
    example([n], [0]),
    sliceExample([n, 5], [0, n, 1], [1, 3, 1]),
    sliceExample([n, 7], [n - 1, n, -1], [6, 4, -2]),
    sliceExample([3, 2 * n + 1], [2, 2, -1], [1, n, 2]),
    sliceExample([2, n + 1, 3, 9], [1, 1, 1], [1, n, 1], [0, 2, 2], [0, 9, 1]),
    sliceExample([11, n, 2, 3, 2, 13], [9, 4, -3], [0, n, 1], [1, 1, 1], [2, 3, -1], [0, 2, 1], [2, 9, 1]),
  ],
  bench: example([128, 28, 28], [0, 2, 1]),
};
