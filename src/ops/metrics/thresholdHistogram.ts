import { defineOp } from "../op";
import { metricExamples, probabilities, signs } from "./metricExamples";

/**
 * How many positive and negative targets have their prediction between one threshold and the next: what an area under a
 * curve is made of. The thresholds are i / buckets; a prediction on one belongs to the bucket below it. Predictions
 * outside [0, 1] count as 0 or 1, NaN as 0, targets above 0 as positive.
 *
 *     sums[bucket of x] += [target > 0]        sums[buckets + bucket of x] += [target ≤ 0]
 */
export const thresholdHistogram = defineOp({
  name: "thresholdHistogram",
  tensors: ["x", "target"],
  totals: ["sums"],
  counts: ["rows", "columns", "buckets"],

  forward({ heap, totals }, { x, target, sums, rows, columns, buckets }) {
    for (let i = 0; i < rows * columns; i++) {
      const prediction = heap[x + i];
      const bucket = prediction > 0 ? Math.ceil(Math.min(prediction, 1) * buckets) - 1 : 0;
      totals[sums + bucket + (heap[target + i] > 0 ? 0 : buckets)]++;
    }
  },
});

export const examples = metricExamples(thresholdHistogram, {
  sums: () => 2 * 199,
  counts: { buckets: 199 },
  target: signs,
  x: (uniform, index) => (index % 5 === 0 ? 3 * uniform - 1 : probabilities(uniform, index)),
  tolerance: 0,
});
