import { defineOp } from "../op";
import { metricExamples } from "./metricExamples";

/**
 * What the coefficient of determination needs of every column. Targets are counted from the first one seen, so that the
 * variance of targets far from 0 does not drown in rounding, and that of equal targets is exactly 0.
 *
 *     origin = the column's first target
 *     sums[0] += Σ w
 *     sums[1 + 4j …] = origin, += Σ w·(target − origin), += Σ w·(target − origin)², += Σ w·(x − target)²
 *
 * The weight w of row i is weight_⌊i / rowsPerWeight⌋, 1 without weights. A row of weight 0 is not looked at.
 */
export const columnResiduals = defineOp({
  name: "columnResiduals",
  tensors: ["x", "target", "weight"],
  totals: ["sums"],
  counts: ["rows", "columns", "rowsPerWeight"],

  forward({ heap, totals }, { x, target, weight, sums, rows, columns, rowsPerWeight }) {
    for (let i = 0; i < rows; i++) {
      const w = weight ? heap[weight + Math.floor(i / rowsPerWeight)] : 1;
      if (w === 0) continue;
      for (let j = 0; j < columns; j++) {
        const column = sums + 1 + 4 * j;
        const actual = heap[target + i * columns + j];
        if (totals[sums] === 0) totals[column] = actual;
        const offset = actual - totals[column];
        const residual = heap[x + i * columns + j] - actual;
        totals[column + 1] += w * offset;
        totals[column + 2] += w * offset * offset;
        totals[column + 3] += w * residual * residual;
      }
      totals[sums] += w;
    }
  },
});

export const examples = metricExamples(columnResiduals, { sums: (columns) => 1 + 4 * columns, weights: true });
