import { defineOp } from "./op";
import { reductionExamples } from "./reduction";

/**
 * The sum of a vector, in float64.
 *
 *     result = Σ x_i
 */
export const reduceSum = defineOp({
  name: "reduceSum",
  tensors: ["x"],
  totals: ["result"],
  counts: ["count"],

  forward({ heap, totals }, { x, result, count }) {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += heap[x + i];
    totals[result] = sum;
  },
});

export const examples = reductionExamples(reduceSum, 1e-13);
