import { joinExamples } from "../joinExamples";
import { defineOp } from "../op";
import { targetClass } from "./argmax";
import { labels, metricExamples } from "./metricExamples";

/**
 * How many rows have fewer than k predictions above that of the right class.
 *
 *     sums[0] += Σ_rows w·[#{j : x_j > x_class} < k]        sums[1] += Σ_rows w
 *
 * The weight w of row i is weight_⌊i / rowsPerWeight⌋, 1 without weights.
 * x [rows, columns]. target [rows] labels when `sparse`, otherwise [rows, columns], whose largest number is the class.
 * A prediction of NaN for the right class is never among the first k.
 */
export const topKAccuracy = defineOp({
  name: "topKAccuracy",
  tensors: ["x", "target", "weight"],
  totals: ["sums"],
  counts: ["rows", "columns", "sparse", "k", "rowsPerWeight"],

  forward({ heap, totals }, { x, target, weight, sums, rows, columns, sparse, k, rowsPerWeight }) {
    for (let i = 0; i < rows; i++) {
      const w = weight ? heap[weight + Math.floor(i / rowsPerWeight)] : 1;
      const label = targetClass(heap, target, i, columns, sparse);
      const right = label >= 0 && label < columns ? heap[x + i * columns + label] : Number.NaN;
      let above = 0;
      for (let j = 0; j < columns; j++) if (heap[x + i * columns + j] > right) above++;
      if (!Number.isNaN(right) && above < k) totals[sums] += w;
      totals[sums + 1] += w;
    }
  },
});

export const examples = joinExamples(
  metricExamples(topKAccuracy, {
    sums: () => 2,
    counts: { sparse: 1, k: 3 },
    target: labels,
    tolerance: 1e-13,
    weights: true,
  }),
  metricExamples(topKAccuracy, { sums: () => 2, counts: { sparse: 0, k: 2 }, tolerance: 1e-13, weights: true }),
);
