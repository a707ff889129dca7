import { defineOp, type Example, type Examples } from "./op";
import type { Range } from "./range";
import { forEachPlace, placesOf, stridedCounts, stridesOf } from "./strided";

/**
 * A number everywhere but where x lies.
 *
 *     y[offset + i0·stride0 + … + i5·stride5] = x[i0, …, i5], value elsewhere        dx = dy, from where each went to
 *
 * `size` are the lengths of x's axes, where those that it lacks, behind the first, are 1; `stride` says how far apart
 * neighbours along each stand in y, which has `yCount` numbers. No two numbers of x go to one place.
 */
export const padConstant = defineOp({
  name: "padConstant",
  inputs: ["x"],
  outputs: ["y"],
  range: ([[low, high]], { value }): Range => [Math.min(low, value), Math.max(high, value)],
  counts: [...stridedCounts, "yCount"],
  numbers: ["value"],

  forward({ heap }, { x, y, yCount, value, ...places }) {
    heap.fill(value, y, y + yCount);
    forEachPlace(places, (target, source) => {
      heap[y + target] = heap[x + source];
    });
  },

  backward({ heap }, { dx, addDx, dy, ...places }) {
    forEachPlace(places, (source, target) => {
      heap[dx + target] = (addDx ? heap[dx + target] : 0) + heap[dy + source];
    });
  },
});

/** The counts of a row that puts a tensor into one with room before and behind it along each of at most six axes. */
export function padCounts(
  shape: readonly number[],
  paddings: readonly (readonly [before: number, behind: number])[],
): Record<string, number> {
  const padded = shape.map((length, axis) => paddings[axis][0] + length + paddings[axis][1]);
  const strides = stridesOf(padded);
  const offset = paddings.reduce((sum, [before], axis) => sum + before * strides[axis], 0);
  return { ...placesOf(shape, strides, offset), yCount: padded.reduce((product, length) => product * length, 1) };
}

function example(shape: number[], ...paddings: [before: number, behind: number][]): Example {
  return {
    shapes: { x: shape, y: shape.map((length, axis) => paddings[axis][0] + length + paddings[axis][1]) },
    counts: padCounts(shape, paddings),
    numbers: { value: -0.75 },
  };
}

export const examples: Examples = {
  op: padConstant,
  tolerance: 0,
  sizes: (n) => [
    example([n], [2, 1]),
    example([3, n], [0, 0], [0, 5]),
    example([n, 2, 5], [1, 0], [0, 3], [0, 0]),
    example([2, n, 3, 4], [0, 1], [2, 0], [1, 1], [3, 0]),
    example([1, 2, n, 1, 2, 3], [0, 1], [1, 0], [0, 0], [2, 1], [0, 1], [1, 1]),
  ],
  bench: example([128, 28, 28], [0, 0], [2, 2], [2, 2]),
};
