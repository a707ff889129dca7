import { defineOp } from "../op";
import { metricExamples } from "./metricExamples";

/**
 * The sum of the cosines between the rows of prediction and target; 0 for a row of zeros.
 *
 *     sums[0] += Σ_rows Σ x·target / √(Σx²·Σtarget²)        sums[1] += rows
 */
export const rowCosines = defineOp({
  name: "rowCosines",
  tensors: ["x", "target"],
  totals: ["sums"],
  counts: ["rows", "columns"],

  forward({ heap, totals }, { x, target, sums, rows, columns }) {
    for (let i = 0; i < rows; i++) {
      let product = 0;
      let squareX = 0;
      let squareTarget = 0;
      for (let j = i * columns; j < (i + 1) * columns; j++) {
        product += heap[x + j] * heap[target + j];
        squareX += heap[x + j] * heap[x + j];
        squareTarget += heap[target + j] * heap[target + j];
      }
      const scale = Math.sqrt(squareX) * Math.sqrt(squareTarget);
      totals[sums] += scale === 0 ? 0 : product / scale;
    }
    totals[sums + 1] += rows;
  },
});

export const examples = metricExamples(rowCosines, { sums: () => 2 });
