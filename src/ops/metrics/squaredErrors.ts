import { defineOp } from "../op";
import { metricExamples } from "./metricExamples";

/**
 * The sum of squared errors, for mse and rmse.
 *
 *     sums[0] += Σ (x − target)²        sums[1] += rows·columns
 */
export const squaredErrors = defineOp({
  name: "squaredErrors",
  tensors: ["x", "target"],
  totals: ["sums"],
  counts: ["rows", "columns"],

  forward({ heap, totals }, { x, target, sums, rows, columns }) {
    for (let i = 0; i < rows * columns; i++) {
      const error = heap[x + i] - heap[target + i];
      totals[sums] += error * error;
    }
    totals[sums + 1] += rows * columns;
  },
});

export const examples = metricExamples(squaredErrors, { sums: () => 2 });
