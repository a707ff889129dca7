import { defineOp } from "./op";
import { reductionExamples } from "./reduction";

/**
 * The largest number of a vector; NaN when there is one.
 *
 *     result = max_i x_i
 */
export const reduceMax = defineOp({
  name: "reduceMax",
  tensors: ["x"],
  totals: ["result"],
  counts: ["count"],

  forward({ heap, totals }, { x, result, count }) {
    let largest = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < count; i++) largest = Math.max(largest, heap[x + i]);
    totals[result] = largest;
  },
});

export const examples = reductionExamples(reduceMax, 0);
