import { defineOp } from "../op";
import { metricExamples, probabilities, signs } from "./metricExamples";

/**
 * How many positive and negative targets have their prediction between one threshold and the next: what an area under a
 * curve is made of. The thresholds are i / buckets; a prediction on one belongs to the bucket below it. Predictions
 * outside [0, 1] count as 0 or 1, NaN as 0, targets above 0 as positive.
 *
 *     sums[bucket of x] += w·[target > 0]        sums[buckets + bucket of x] += w·[target ≤ 0]
 *
 * The weight w of row i is weight_⌊i / rowsPerWeight⌋, 1 without weights.
 */
export const thresholdHistogram = defineOp({
  name: "thresholdHistogram",
  tensors: ["x", "target", "weight"],
  totals: ["sums"],
  counts: ["rows", "columns", "buckets", "rowsPerWeight"],

  forward({ heap, totals }, { x, target, weight, sums, rows, columns, buckets, rowsPerWeight }) {
    for (let i = 0; i < rows * columns; i++) {
      const w = weight ? heap[weight + Math.floor(i / columns / rowsPerWeight)] : 1;
      const prediction = heap[x + i];
      const bucket = prediction > 0 ? Math.ceil(Math.min(prediction, 1) * buckets) - 1 : 0;
      totals[sums + bucket + (heap[target + i] > 0 ? 0 : buckets)] += w;
    }
  },
});

export const examples = metricExamples(thresholdHistogram, {
  sums: () => 2 * 199,
  counts: { buckets: 199 },
  target: signs,
  x: (uniform, index) => (index % 5 === 0 ? 3 * uniform - 1 : probabilities(uniform, index)),
  tolerance: 1e-13,
  weights: true,
});
