import { defineOp } from "../op";
import { binary, metricExamples, probabilities } from "./metricExamples";

/**
 * How many single predictions are on the right side of a threshold.
 *
 *     sums[0] += Σ [(x > threshold ? 1 : 0) = target]        sums[1] += rows·columns
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
      if ((heap[x + i] > limit ? 1 : 0) === heap[target + i]) totals[sums]++;
    }
    totals[sums + 1] += rows * columns;
  },
});

export const examples = metricExamples(binaryAccuracy, {
  sums: () => 2,
  numbers: { threshold: 0.5 },
  target: binary,
  x: probabilities,
  tolerance: 0,
});
