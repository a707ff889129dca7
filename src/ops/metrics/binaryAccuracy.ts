import { defineOp } from "../op";
import { metricExamples, probabilities, signs } from "./metricExamples";

/**
 * How many single predictions are on the right side of a threshold.
 *
 *     sums[0] += Σ [(x > threshold ? 1 : 0) = t]        sums[1] += rows·columns
 *
 * t is the target, 0 where that is −1: no is 0 or −1, yes is 1.
 */
export const binaryAccuracy = defineOp({
  name: "binaryAccuracy",
  tensors: ["x", "target"],
  totals: ["sums"],
  counts: ["rows", "columns"],
  numbers: ["threshold"],

  forward({ heap, totals }, { x, target, sums, rows, columns, threshold }) {
    // Compared with float32 predictions, so rounded like them.
    const limit = Math.fround(threshold);
    for (let i = 0; i < rows * columns; i++) {
      const actual = heap[target + i] === -1 ? 0 : heap[target + i];
      if ((heap[x + i] > limit ? 1 : 0) === actual) totals[sums]++;
    }
    totals[sums + 1] += rows * columns;
  },
});

export const examples = metricExamples(binaryAccuracy, {
  sums: () => 2,
  numbers: { threshold: 0.5 },
  target: signs,
  x: probabilities,
  tolerance: 0,
});
