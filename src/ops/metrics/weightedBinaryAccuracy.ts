import { defineOp } from "../op";
import { metricExamples, probabilities, signs } from "./metricExamples";

/**
 * How many single predictions, in rows with weights, are on the right side of a threshold.
 *
 *     sums[0] += Σ_rows w·Σ [(x > threshold ? 1 : 0) = t]        sums[1] += columns·Σ_rows w
 *
 * t is the target, 0 where that is −1. The weight w of row i is weight_⌊i / rowsPerWeight⌋.
 */
export const weightedBinaryAccuracy = defineOp({
  name: "weightedBinaryAccuracy",
  tensors: ["x", "target", "weight"],
  totals: ["sums"],
  counts: ["rows", "columns", "rowsPerWeight"],
  numbers: ["threshold"],

  forward({ heap, totals }, { x, target, weight, sums, rows, columns, rowsPerWeight, threshold }) {
    const limit = Math.fround(threshold);
    for (let i = 0; i < rows; i++) {
      const w = heap[weight + Math.floor(i / rowsPerWeight)];
      let right = 0;
      for (let j = i * columns; j < (i + 1) * columns; j++) {
        const actual = heap[target + j] === -1 ? 0 : heap[target + j];
        if ((heap[x + j] > limit ? 1 : 0) === actual) right++;
      }
      totals[sums] += w * right;
      totals[sums + 1] += w * columns;
    }
  },
});

export const examples = metricExamples(weightedBinaryAccuracy, {
  sums: () => 2,
  numbers: { threshold: 0.5 },
  target: signs,
  x: probabilities,
  tolerance: 1e-13,
  weights: "always",
});
