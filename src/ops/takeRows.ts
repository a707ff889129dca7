import { defineOp, type Example, type Examples } from "./op";
import { sgdRows } from "./optimizers/sgdRows";
import { keepsRange } from "./range";
import { listNumbers, rowOf } from "./rowIds";

/**
 * Rows of a table by their numbers.
 *
 *     y[k, j] = x[ids[k], j]        dx[i, j] = Σ_{ids[k] = i} dy[k, j]
 *     x [rows, width]   ids, int32 [count]   y [count, width]
 *
 * Negative ids count from the end. An id of no row makes a row of NaN, and has no gradient. The gradients of a row that
 * occurs often are added from the first to the last, in float64 where they are more than a few.
 */
export const takeRows = defineOp({
  name: "takeRows",
  inputs: ["x"],
  outputs: ["y"],
  range: keepsRange,
  tensors: ["workspace"],
  integers: ["ids"],
  counts: ["rows", "width", "count"],
  workspace: ({ count }) => listNumbers(count),
  descent: sgdRows,

  forward({ heap, integers }, { x, y, ids, rows, width, count }) {
    for (let k = 0; k < count; k++) {
      const row = rowOf(integers[ids + k], rows);
      for (let j = 0; j < width; j++) heap[y + k * width + j] = row < 0 ? Number.NaN : heap[x + row * width + j];
    }
  },

  backward({ heap, integers }, { dx, addDx, dy, ids, rows, width, count }) {
    const sums = new Float64Array(rows * width);
    for (let k = 0; k < count; k++) {
      const row = rowOf(integers[ids + k], rows);
      if (row < 0) continue;
      for (let j = 0; j < width; j++) sums[row * width + j] += heap[dy + k * width + j];
    }
    for (let i = 0; i < rows * width; i++) heap[dx + i] = (addDx ? heap[dx + i] : 0) + sums[i];
  },
});

/** Ids from −rows to rows − 1; of `favourite`, every second is this one. */
function example(rows: number, width: number, count: number, favourite?: number): Example {
  const draw = (uniform: number) => Math.min(rows - 1, Math.floor(2 * rows * uniform) - rows);
  return {
    shapes: { x: [rows, width], y: [count, width] },
    sizes: { ids: count },
    counts: { rows, width, count },
    fill: {
      ids: (uniform, index) => (favourite !== undefined && index % 2 === 0 ? favourite : draw(uniform)),
      // What errors are relative to does not cancel.
      dy: (uniform) => 2 * uniform - 0.5,
    },
  };
}

export const examples: Examples = {
  op: takeRows,
  tolerance: 0,
  gradientTolerance: 4e-7,
  // A row may be taken by nobody.
  hidesNaN: true,
  sizes: (n) => [
    example(n, 1, 7),
    example(5, n, 3),
    example(n, 4, 2 * n),
    example(3, 18, 37 * n, -1),
    example(1, 5, n),
    example(61, 33, n),
    example(2, 1, 101 * n, 0),
  ],
  bench: example(10000, 64, 4096),
};
