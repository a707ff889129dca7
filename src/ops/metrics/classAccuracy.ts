import { joinExamples } from "../joinExamples";
import { defineOp } from "../op";
import { argmax, targetClass } from "./argmax";
import { labels, metricExamples } from "./metricExamples";

/**
 * How many rows have their largest prediction at the right class.
 *
 *     sums[0] += Σ_rows [argmax x = class of target]        sums[1] += rows
 *
 * x [rows, columns]. target [rows] labels when `sparse`, otherwise [rows, columns], whose largest number is the class.
 */
export const classAccuracy = defineOp({
  name: "classAccuracy",
  tensors: ["x", "target"],
  totals: ["sums"],
  counts: ["rows", "columns", "sparse"],

  forward({ heap, totals }, { x, target, sums, rows, columns, sparse }) {
    for (let i = 0; i < rows; i++) {
      const predicted = argmax(heap, x + i * columns, columns);
      if (predicted >= 0 && predicted === targetClass(heap, target, i, columns, sparse)) totals[sums]++;
    }
    totals[sums + 1] += rows;
  },
});

export const examples = joinExamples(
  metricExamples(classAccuracy, { sums: () => 2, counts: { sparse: 1 }, target: labels, tolerance: 0 }),
  metricExamples(classAccuracy, { sums: () => 2, counts: { sparse: 0 }, tolerance: 0 }),
);
