import { defineOp } from "../op";
import { updateExamples } from "./updateExamples";

/**
 * Gradient descent.
 *
 *     w −= lr·g
 */
export const sgd = defineOp({
  name: "sgd",
  tensors: ["w", "g"],
  counts: ["count"],

  forward({ heap }, { w, g, count }, { learningRate }) {
    for (let i = 0; i < count; i++) heap[w + i] -= learningRate * heap[g + i];
  },
});

export const examples = updateExamples(sgd, {}, {});
