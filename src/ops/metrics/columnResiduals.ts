import { defineOp } from "../op";
import { metricExamples } from "./metricExamples";

/**
 * What the coefficient of determination needs of every column. Targets are counted from the first one seen, so that the
 * variance of targets far from 0 does not drown in rounding, and that of equal targets is exactly 0.
 *
 *     origin = the column's first target
 *     sums[0] += rows
 *     sums[1 + 4j …] = origin, += Σ (target − origin), += Σ (target − origin)², += Σ (x − target)²
 */
export const columnResiduals = defineOp({
  name: "columnResiduals",
  tensors: ["x", "target"],
  totals: ["sums"],
  counts: ["rows", "columns"],

  forward({ heap, totals }, { x, target, sums, rows, columns }) {
    for (let j = 0; j < columns; j++) {
      const column = sums + 1 + 4 * j;
      if (totals[sums] === 0) totals[column] = heap[target + j];
      for (let i = 0; i < rows; i++) {
        const actual = heap[target + i * columns + j];
        const offset = actual - totals[column];
        const residual = heap[x + i * columns + j] - actual;
        totals[column + 1] += offset;
        totals[column + 2] += offset * offset;
        totals[column + 3] += residual * residual;
      }
    }
    totals[sums] += rows;
  },
});

export const examples = metricExamples(columnResiduals, { sums: (columns) => 1 + 4 * columns });
