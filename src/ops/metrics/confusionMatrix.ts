import { joinExamples } from "../joinExamples";
import { defineOp } from "../op";
import { argmax, targetClass } from "./argmax";
import { labels, metricExamples } from "./metricExamples";

/**
 * How often each class was taken for each class.
 *
 *     sums[class of target · columns + argmax x] += w for every row
 *
 * The weight w of row i is weight_⌊i / rowsPerWeight⌋, 1 without weights.
 * x [rows, columns]. target [rows] labels when `sparse`, otherwise [rows, columns], whose largest number is the class.
 * A row of NaN, or a label that is no class, counts nowhere.
 */
export const confusionMatrix = defineOp({
  name: "confusionMatrix",
  tensors: ["x", "target", "weight"],
  totals: ["sums"],
  counts: ["rows", "columns", "sparse", "rowsPerWeight"],

  forward({ heap, totals }, { x, target, weight, sums, rows, columns, sparse, rowsPerWeight }) {
    for (let i = 0; i < rows; i++) {
      const w = weight ? heap[weight + Math.floor(i / rowsPerWeight)] : 1;
      const predicted = argmax(heap, x + i * columns, columns);
      const actual = targetClass(heap, target, i, columns, sparse);
      if (predicted >= 0 && actual >= 0 && actual < columns) totals[sums + actual * columns + predicted] += w;
    }
  },
});

const square = (columns: number) => columns * columns;

export const examples = joinExamples(
  metricExamples(confusionMatrix, {
    sums: square,
    counts: { sparse: 1 },
    target: labels,
    tolerance: 1e-13,
    weights: true,
  }),
  metricExamples(confusionMatrix, { sums: square, counts: { sparse: 0 }, tolerance: 1e-13, weights: true }),
);
