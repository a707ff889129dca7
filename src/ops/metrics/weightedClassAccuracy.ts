import { joinExamples } from "../joinExamples";
import { defineOp } from "../op";
import { argmax, targetClass } from "./argmax";
import { labels, metricExamples } from "./metricExamples";

/**
 * How many rows with weights have their largest prediction at the right class.
 *
 *     sums[0] += Σ_rows w·[argmax x = class of target]        sums[1] += Σ_rows w
 *
 * x [rows, columns]. target [rows] labels when `sparse`, otherwise [rows, columns], whose largest number is the class. The weight
 * w of row i is weight_⌊i / rowsPerWeight⌋.
 */
export const weightedClassAccuracy = defineOp({
  name: "weightedClassAccuracy",
  tensors: ["x", "target", "weight"],
  totals: ["sums"],
  counts: ["rows", "columns", "sparse", "rowsPerWeight"],

  forward({ heap, totals }, { x, target, weight, sums, rows, columns, sparse, rowsPerWeight }) {
    for (let i = 0; i < rows; i++) {
      const w = heap[weight + Math.floor(i / rowsPerWeight)];
      const predicted = argmax(heap, x + i * columns, columns);
      if (predicted >= 0 && predicted === targetClass(heap, target, i, columns, sparse)) totals[sums] += w;
      totals[sums + 1] += w;
    }
  },
});

const form = { sums: () => 2, tolerance: 1e-13, weights: "always" } as const;

export const examples = joinExamples(
  metricExamples(weightedClassAccuracy, { ...form, counts: { sparse: 1 }, target: labels }),
  metricExamples(weightedClassAccuracy, { ...form, counts: { sparse: 0 } }),
);
