import { defineOp, type Example, type Examples } from "../op";
import { listNumbers, rowOf } from "../rowIds";

/**
 * Gradient descent over the rows of a table that ids name, each once.
 *
 *     g[i, j] = Σ_{ids[k] = i} dy[k, j]        w[i, j] −= lr · min(max(g[i, j], −limit), limit)
 *     w [rows, width]   ids, int32 [count]   dy [count, width]
 *
 * What `takeRows` backward, `clipByValue` and `sgd` do together, with the same rounding, but for rows that no id names: their
 * gradient is 0.
 */
export const sgdRows = defineOp({
  name: "sgdRows",
  tensors: ["w", "dy", "workspace"],
  integers: ["ids"],
  counts: ["rows", "width", "count"],
  numbers: ["limit"],
  workspace: ({ count }) => listNumbers(count),

  forward({ heap, integers }, { w, dy, workspace, ids, rows, width, count, limit }, { learningRate }) {
    const sums = new Map<number, Float64Array>();
    for (let k = 0; k < count; k++) {
      const row = rowOf(integers[ids + k], rows);
      if (row < 0) continue;
      const sum = sums.get(row) ?? new Float64Array(width);
      sums.set(row, sum);
      for (let j = 0; j < width; j++) sum[j] += heap[dy + k * width + j];
    }
    for (const [row, sum] of sums) {
      for (let j = 0; j < width; j++) {
        // A gradient has the precision of the heap.
        heap[workspace] = sum[j];
        // Written so that NaN stays NaN.
        if (heap[workspace] < -limit) heap[workspace] = -limit;
        else if (heap[workspace] > limit) heap[workspace] = limit;
        heap[w + row * width + j] -= learningRate * heap[workspace];
      }
    }
  },
});

/** Ids from −rows to rows − 1; with `favourite` from 0, and every second is this one. */
function example(rows: number, width: number, count: number, favourite?: number): Example {
  const lowest = favourite === undefined ? -rows : 0;
  const draw = (uniform: number) => Math.min(rows - 1, lowest + Math.floor((rows - lowest) * uniform));
  return {
    shapes: { w: [rows, width], dy: [count, width] },
    sizes: { ids: count },
    counts: { rows, width, count },
    numbers: { limit: favourite === undefined ? 1.25 : Number.POSITIVE_INFINITY },
    fill: {
      ids: (uniform, index) => (favourite !== undefined && index % 2 === 0 ? favourite : draw(uniform)),
      dy: (uniform) => 2 * uniform - 0.5,
    },
    step: { index: 4, learningRate: 0.01 },
  };
}

export const examples: Examples = {
  op: sgdRows,
  tolerance: 5e-7,
  sizes: (n) => [
    example(n, 1, 7),
    example(5, n, 3),
    example(n, 4, 2 * n),
    example(3, 18, 37 * n, 2),
    example(1, 5, n),
    // Rows whose numbers have two, three and four bytes.
    example(300, 3, 200 * n),
    example(70_000, 1, 5 * n),
    { ...example(8, 2, n, 5), counts: { rows: 2 ** 25, width: 2, count: n } },
    example(2, 1, 101 * n, 0),
  ],
  bench: example(1_000_000, 16, 4096),
};
