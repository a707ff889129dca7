import { joinExamples } from "../joinExamples";
import { defineOp } from "../op";
import { metricExamples } from "./metricExamples";

/**
 * The sum of errors of rows with weights: squared ones with `squares` 1, else absolute ones.
 *
 *     sums[0] += Σ_rows w·Σ |x − target|^(1 + squares)        sums[1] += columns·Σ_rows w
 *
 * The weight w of row i is weight_⌊i / rowsPerWeight⌋. A row of weight 0 is not looked at.
 */
export const weightedErrors = defineOp({
  name: "weightedErrors",
  tensors: ["x", "target", "weight"],
  totals: ["sums"],
  counts: ["rows", "columns", "rowsPerWeight", "squares"],

  forward({ heap, totals }, { x, target, weight, sums, rows, columns, rowsPerWeight, squares }) {
    for (let i = 0; i < rows; i++) {
      const w = heap[weight + Math.floor(i / rowsPerWeight)];
      if (w === 0) continue;
      let sum = 0;
      for (let j = i * columns; j < (i + 1) * columns; j++) {
        const error = heap[x + j] - heap[target + j];
        sum += squares ? error * error : Math.abs(error);
      }
      totals[sums] += w * sum;
      totals[sums + 1] += w * columns;
    }
  },
});

export const examples = joinExamples(
  metricExamples(weightedErrors, { sums: () => 2, counts: { squares: 1 }, weights: "always" }),
  metricExamples(weightedErrors, { sums: () => 2, counts: { squares: 0 }, weights: "always" }),
);
