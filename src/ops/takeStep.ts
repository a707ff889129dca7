import { defineOp, type Example, type Examples } from "./op";

/**
 * The row of tables that a step has: row `index`, the number of the step.
 *
 *     y[o, :] = x[o, index, :]        x [outer, rows, width]   y [outer, width]
 *
 * A step behind the last row makes rows of NaN.
 */
export const takeStep = defineOp({
  name: "takeStep",
  tensors: ["x", "y"],
  counts: ["outer", "rows", "width"],

  forward({ heap }, { x, y, outer, rows, width }, { index }) {
    for (let o = 0; o < outer; o++) {
      for (let j = 0; j < width; j++) {
        heap[y + o * width + j] = index < rows ? heap[x + (o * rows + index) * width + j] : Number.NaN;
      }
    }
  },
});

function example(outer: number, rows: number, width: number, index: number): Example {
  return { shapes: { x: [outer, rows, width], y: [outer, width] }, counts: { outer, rows, width }, step: { index } };
}

export const examples: Examples = {
  op: takeStep,
  tolerance: 0,
  // Other rows are not read.
  hidesNaN: true,
  sizes: (n) => [example(1, 5, n, 3), example(n, 3, 4, 0), example(2, n, 7, n - 1), example(3, 2, 5, 2)],
  bench: example(64, 256, 256, 100),
};
