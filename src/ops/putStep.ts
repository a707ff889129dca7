import { defineOp, type Example, type Examples } from "./op";

/**
 * Writes what a step brings into what lasts: row `index`, the number of the step. Nothing happens behind the last row.
 *
 *     y[o, index, :] = x[o, :]        x [outer, width]   y [outer, rows, width]
 */
export const putStep = defineOp({
  name: "putStep",
  tensors: ["x", "y"],
  counts: ["outer", "rows", "width"],

  forward({ heap }, { x, y, outer, rows, width }, { index }) {
    if (index >= rows) return;
    for (let o = 0; o < outer; o++) {
      for (let j = 0; j < width; j++) heap[y + (o * rows + index) * width + j] = heap[x + o * width + j];
    }
  },
});

function example(outer: number, rows: number, width: number, index: number): Example {
  return { shapes: { x: [outer, width], y: [outer, rows, width] }, counts: { outer, rows, width }, step: { index } };
}

export const examples: Examples = {
  op: putStep,
  tolerance: 0,
  hidesNaN: true,
  sizes: (n) => [example(1, 5, n, 3), example(n, 3, 4, 0), example(2, n, 7, n - 1), example(3, 2, 5, 2)],
  bench: example(64, 256, 256, 100),
};
