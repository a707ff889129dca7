import { defineOp } from "../op";
import { metricExamples } from "./metricExamples";

/**
 * The sum of absolute errors, for mae.
 *
 *     sums[0] += Σ |x − target|        sums[1] += rows·columns
 */
export const absoluteErrors = defineOp({
  name: "absoluteErrors",
  tensors: ["x", "target"],
  totals: ["sums"],
  counts: ["rows", "columns"],

  forward({ heap, totals }, { x, target, sums, rows, columns }) {
    for (let i = 0; i < rows * columns; i++) totals[sums] += Math.abs(heap[x + i] - heap[target + i]);
    totals[sums + 1] += rows * columns;
  },
});

export const examples = metricExamples(absoluteErrors, { sums: () => 2 });
