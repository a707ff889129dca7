import { defineOp } from "../op";
import { metricExamples, probabilities, signs } from "./metricExamples";

/**
 * True positives, false positives and false negatives of single predictions: all that precision, recall and F1 need.
 * A prediction above the threshold is positive, and so is a target above 0.
 *
 *     sums[0] += Σ w·[x > threshold ∧ target > 0]
 *     sums[1] += Σ w·[x > threshold ∧ target ≤ 0]
 *     sums[2] += Σ w·[x ≤ threshold ∧ target > 0]
 *
 * The weight w of row i is weight_⌊i / rowsPerWeight⌋, 1 without weights.
 */
export const binaryConfusion = defineOp({
  name: "binaryConfusion",
  tensors: ["x", "target", "weight"],
  totals: ["sums"],
  counts: ["rows", "columns", "rowsPerWeight"],
  numbers: ["threshold"],

  forward({ heap, totals }, { x, target, weight, sums, rows, columns, rowsPerWeight, threshold }) {
    const limit = Math.fround(threshold);
    for (let i = 0; i < rows * columns; i++) {
      const w = weight ? heap[weight + Math.floor(i / columns / rowsPerWeight)] : 1;
      const predicted = heap[x + i] > limit;
      const actual = heap[target + i] > 0;
      if (predicted) totals[sums + (actual ? 0 : 1)] += w;
      else if (actual) totals[sums + 2] += w;
    }
  },
});

export const examples = metricExamples(binaryConfusion, {
  sums: () => 3,
  numbers: { threshold: 0.5 },
  target: signs,
  x: probabilities,
  tolerance: 1e-13,
  weights: true,
});
