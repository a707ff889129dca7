import { defineOp } from "../op";
import { metricExamples, probabilities, signs } from "./metricExamples";

/**
 * True positives, false positives and false negatives of single predictions: all that precision, recall and F1 need.
 * A prediction above the threshold is positive, and so is a target above 0.
 *
 *     sums[0] += Σ [x > threshold ∧ target > 0]
 *     sums[1] += Σ [x > threshold ∧ target ≤ 0]
 *     sums[2] += Σ [x ≤ threshold ∧ target > 0]
 */
export const binaryConfusion = defineOp({
  name: "binaryConfusion",
  tensors: ["x", "target"],
  totals: ["sums"],
  counts: ["rows", "columns"],
  numbers: ["threshold"],

  forward({ heap, totals }, { x, target, sums, rows, columns, threshold }) {
    const limit = Math.fround(threshold);
    for (let i = 0; i < rows * columns; i++) {
      const predicted = heap[x + i] > limit;
      const actual = heap[target + i] > 0;
      if (predicted) totals[sums + (actual ? 0 : 1)]++;
      else if (actual) totals[sums + 2]++;
    }
  },
});

export const examples = metricExamples(binaryConfusion, {
  sums: () => 3,
  numbers: { threshold: 0.5 },
  target: signs,
  x: probabilities,
  tolerance: 0,
});
