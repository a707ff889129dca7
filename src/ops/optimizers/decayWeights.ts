import { defineOp } from "../op";
import { updateExamples } from "./updateExamples";

/**
 * Decoupled weight decay (Loshchilov & Hutter 2019), before the update that uses the gradient.
 *
 *     w −= lr·rate·w
 */
export const decayWeights = defineOp({
  name: "decayWeights",
  tensors: ["w"],
  counts: ["count"],
  numbers: ["rate"],

  forward({ heap }, { w, count, rate }, { learningRate }) {
    const lost = learningRate * rate;
    for (let i = 0; i < count; i++) heap[w + i] -= lost * heap[w + i];
  },
});

export const examples = updateExamples(decayWeights, { rate: 4e-3 }, {});
