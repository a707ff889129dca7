import { defineOp, type Memory } from "../op";
import { between, lossExamples } from "./pairwise";

interface Fields {
  readonly x: number;
  readonly target: number;
  readonly columns: number;
}

/** pos and neg of row i, and how many columns reach neg. */
function marginsOf(heap: Memory["heap"], { x, target, columns }: Fields, i: number) {
  let positive = 0;
  let negative = Number.NEGATIVE_INFINITY;
  let count = 0;
  for (let k = i * columns; k < (i + 1) * columns; k++) {
    positive += heap[target + k] * heap[x + k];
    const wrong = (1 - heap[target + k]) * heap[x + k];
    if (wrong > negative) [negative, count] = [wrong, 1];
    else if (wrong === negative) count++;
  }
  // A NaN in x is in `positive` as well.
  return { margin: negative - positive + 1, negative, count };
}

/**
 * Hinge loss of a one-hot target: the right column should lead the best wrong one by 1.
 *
 *     pos_i = Σ_j target_ij·x_ij        neg_i = max_j (1 − target_ij)·x_ij        y_i = max(neg_i − pos_i + 1, 0)
 *     dx_ij = dy_i · ((1 − target_ij)·[ij reaches neg_i] / (columns that reach it) − target_ij) where y_i > 0, else 0
 */
export const categoricalHinge = defineOp({
  name: "categoricalHinge",
  inputs: ["x"],
  outputs: ["y"],
  tensors: ["target"],
  counts: ["rows", "columns"],
  saves: ["x"],
  flops: ({ rows, columns }) => 5 * rows * columns,

  forward({ heap }, row) {
    for (let i = 0; i < row.rows; i++) {
      const { margin } = marginsOf(heap, row, i);
      heap[row.y + i] = Math.max(margin, 0);
    }
  },

  backward({ heap }, row) {
    const { x, dx, addDx, dy, target, rows, columns } = row;
    for (let i = 0; i < rows; i++) {
      const { margin, negative, count } = marginsOf(heap, row, i);
      for (let k = i * columns; k < (i + 1) * columns; k++) {
        const t = heap[target + k];
        const reaches = (1 - t) * heap[x + k] === negative ? 1 / count : 0;
        let slope = margin > 0 ? (1 - t) * reaches - t : 0;
        if (Number.isNaN(margin)) slope = margin;
        heap[dx + k] = (addDx ? heap[dx + k] : 0) + heap[dy + i] * slope;
      }
    }
  },
});

export const examples = lossExamples(categoricalHinge, 4e-7, {
  x: between(-1, 1),
  target: (uniform, k) => (k % 5 === 2 || uniform < 0.1 ? 1 : 0),
});
