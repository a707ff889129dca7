import { defineOp } from "../op";
import { metricExamples } from "./metricExamples";

/**
 * The sum of the cosines between the rows of prediction and target; 0 for a row of zeros.
 *
 *     sums[0] += Σ_rows w·Σ x·target / √(Σx²·Σtarget²)        sums[1] += Σ_rows w
 *
 * The weight w of row i is weight_⌊i / rowsPerWeight⌋, 1 without weights. A row of weight 0 is not looked at.
 */
export const rowCosines = defineOp({
  name: "rowCosines",
  tensors: ["x", "target", "weight"],
  totals: ["sums"],
  counts: ["rows", "columns", "rowsPerWeight"],

  forward({ heap, totals }, { x, target, weight, sums, rows, columns, rowsPerWeight }) {
    for (let i = 0; i < rows; i++) {
      const w = weight ? heap[weight + Math.floor(i / rowsPerWeight)] : 1;
      if (w === 0) continue;
      let product = 0;
      let squareX = 0;
      let squareTarget = 0;
      for (let j = i * columns; j < (i + 1) * columns; j++) {
        product += heap[x + j] * heap[target + j];
        squareX += heap[x + j] * heap[x + j];
        squareTarget += heap[target + j] * heap[target + j];
      }
      const scale = Math.sqrt(squareX) * Math.sqrt(squareTarget);
      totals[sums] += scale === 0 ? 0 : (w * product) / scale;
      totals[sums + 1] += w;
    }
  },
});

export const examples = metricExamples(rowCosines, { sums: () => 2, weights: true });
