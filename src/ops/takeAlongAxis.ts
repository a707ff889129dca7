import { forEachLine } from "./axis";
import { defineOp, type Example, type Examples } from "./op";
import { keepsRange } from "./range";
import { rowOf } from "./rowIds";

/**
 * Numbers by their places along an axis.
 *
 *     y[o, k, i] = x[o, ids[o, k, i], i]        dx[o, l, i] = Σ_{ids[o, k, i] = l} dy[o, k, i]
 *     x [outer, length, inner]   ids, int32 [outer, count, inner]   y [outer, count, inner]
 *
 * Negative ids count from the end. An id of no place makes NaN, and has no gradient. Gradients are added from the first to
 * the last, in float64.
 */
export const takeAlongAxis = defineOp({
  name: "takeAlongAxis",
  inputs: ["x"],
  outputs: ["y"],
  range: keepsRange,
  tensors: ["workspace"],
  integers: ["ids"],
  counts: ["outer", "length", "inner", "count"],
  // The float64 sums of a line.
  workspace: ({ length }) => 2 * length,

  forward({ heap, integers }, { x, y, ids, outer, length, inner, count }) {
    forEachLine(outer, count, inner, (first, line) => {
      const source = x + Math.floor(line / inner) * length * inner + (line % inner);
      for (let k = 0, at = first; k < count; k++, at += inner) {
        const place = rowOf(integers[ids + at], length);
        heap[y + at] = place < 0 ? Number.NaN : heap[source + place * inner];
      }
    });
  },

  backward({ heap, integers }, { dx, addDx, dy, ids, outer, length, inner, count }) {
    forEachLine(outer, count, inner, (first, line) => {
      const target = dx + Math.floor(line / inner) * length * inner + (line % inner);
      const sums = new Float64Array(length);
      for (let k = 0, at = first; k < count; k++, at += inner) {
        const place = rowOf(integers[ids + at], length);
        if (place >= 0) sums[place] += heap[dy + at];
      }
      for (let l = 0, at = target; l < length; l++, at += inner) heap[at] = (addDx ? heap[at] : 0) + sums[l];
    });
  },
});

function example(outer: number, length: number, inner: number, count: number): Example {
  return {
    shapes: { x: [outer, length, inner], y: [outer, count, inner] },
    sizes: { ids: outer * count * inner },
    counts: { outer, length, inner, count },
    fill: {
      ids: (uniform) => Math.min(length - 1, Math.floor(2 * length * uniform) - length),
      dy: (uniform) => 2 * uniform - 0.5,
    },
  };
}

export const examples: Examples = {
  op: takeAlongAxis,
  tolerance: 0,
  gradientTolerance: 2e-7,
  hidesNaN: true,
  sizes: (n) => [
    example(3, n, 1, 2),
    example(2, 3, n, 5),
    example(n, 5, 2, 3),
    example(1, 4, 7, 2 * n),
    example(1, 2, 1, 101 * n),
  ],
  bench: example(128, 32, 64, 8),
};
