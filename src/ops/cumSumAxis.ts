import { axisExample, forEachLine } from "./axis";
import { defineOp, type Examples } from "./op";
import { scalesSums } from "./range";

/**
 * Running sums along an axis, from its beginning or, with `reverse` 1, from its end; taken in float64.
 *
 *     y[o, l, i] = Σ_{k≤l} x[o, k, i]        dx[o, l, i] = Σ_{k≥l} dy[o, k, i]
 *     x, y [outer, length, inner]
 */
export const cumSumAxis = defineOp({
  name: "cumSumAxis",
  inputs: ["x"],
  outputs: ["y"],
  range: scalesSums,
  counts: ["outer", "length", "inner", "reverse"],

  forward({ heap }, { x, y, outer, length, inner, reverse }) {
    runningSums(heap, x, y, outer, length, inner, reverse, 0);
  },

  backward({ heap }, { dx, addDx, dy, outer, length, inner, reverse }) {
    runningSums(heap, dy, dx, outer, length, inner, 1 - reverse, addDx);
  },
});

/** target (=|+=) running sums of source. */
function runningSums(
  heap: Float32Array | Float64Array,
  source: number,
  target: number,
  outer: number,
  length: number,
  inner: number,
  reverse: number,
  add: number,
): void {
  forEachLine(outer, length, inner, (first) => {
    let sum = 0;
    for (let k = 0; k < length; k++) {
      const at = first + (reverse ? length - 1 - k : k) * inner;
      sum += heap[source + at];
      heap[target + at] = (add ? heap[target + at] : 0) + sum;
    }
  });
}

const example = (outer: number, length: number, inner: number, reverse: number) =>
  axisExample(cumSumAxis, outer, length, inner, { counts: { reverse }, keepsLength: true });

export const examples: Examples = {
  op: cumSumAxis,
  tolerance: 1e-7,
  sizes: (n) => [
    example(3, n, 1, 0),
    example(1, n, 5, 1),
    example(n, 3, 2, 0),
    example(2, 5, n, 1),
    example(1, 2, 7 * n, 0),
    example(2, 17 * n, 1, 1),
    example(1, 7 * n, 18, 0),
  ],
  bench: example(128, 32, 64, 0),
};
