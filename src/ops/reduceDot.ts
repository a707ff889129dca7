import { defineOp } from "./op";
import { reductionExamples } from "./reduction";

/**
 * The inner product of two vectors, in float64.
 *
 *     result = Σ a_i·b_i
 */
export const reduceDot = defineOp({
  name: "reduceDot",
  tensors: ["a", "b"],
  totals: ["result"],
  counts: ["count"],

  forward({ heap, totals }, { a, b, result, count }) {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += heap[a + i] * heap[b + i];
    totals[result] = sum;
  },
});

export const examples = reductionExamples(reduceDot, 1e-13);
