import { forEachLine } from "./axis";
import { defineOp, type Example, type Examples } from "./op";
import { keepsRange } from "./range";

/**
 * Repeats numbers along a new axis.
 *
 *     y[o, l, i] = x[o, i]        dx[o, i] = Σ_l dy[o, l, i]
 *     x [outer, inner]   y [outer, length, inner]
 */
export const expandAxis = defineOp({
  name: "expandAxis",
  inputs: ["x"],
  outputs: ["y"],
  range: keepsRange,
  counts: ["outer", "length", "inner"],

  forward({ heap }, { x, y, outer, length, inner }) {
    forEachLine(outer, length, inner, (first, result) => {
      for (let l = 0; l < length; l++) heap[y + first + l * inner] = heap[x + result];
    });
  },

  backward({ heap }, { dx, addDx, dy, outer, length, inner }) {
    forEachLine(outer, length, inner, (first, result) => {
      let sum = 0;
      for (let l = 0; l < length; l++) sum += heap[dy + first + l * inner];
      heap[dx + result] = (addDx ? heap[dx + result] : 0) + sum;
    });
  },
});

function example(outer: number, length: number, inner: number): Example {
  return {
    shapes: { x: [outer, inner], y: [outer, length, inner] },
    counts: { outer, length, inner },
    fill: { dy: (uniform) => 2 * uniform - 0.5 },
  };
}

export const examples: Examples = {
  op: expandAxis,
  tolerance: 0,
  gradientTolerance: 4e-7,
  sizes: (n) => [
    example(3, n, 1),
    example(1, n, 5),
    example(n, 3, 2),
    example(2, 5, n),
    example(1, 2, 7 * n),
    example(2, 17 * n, 1),
    example(1, 7 * n, 18),
  ],
  bench: example(128, 32, 64),
};
