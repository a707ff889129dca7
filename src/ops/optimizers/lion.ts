import { defineOp } from "../op";
import { moments, updateExamples } from "./updateExamples";

/**
 * Lion (Chen et al. 2023): only the sign of an interpolated moment moves the weight.
 *
 *     w −= lr·sign(beta1·m + (1 − beta1)·g)        m = beta2·m + (1 − beta2)·g
 */
export const lion = defineOp({
  name: "lion",
  tensors: ["w", "g", "m"],
  counts: ["count"],
  numbers: ["beta1", "beta2"],

  forward({ heap }, { w, g, m, count, beta1, beta2 }, { learningRate }) {
    for (let i = 0; i < count; i++) {
      const gradient = heap[g + i];
      heap[w + i] -= learningRate * Math.sign(beta1 * heap[m + i] + (1 - beta1) * gradient);
      heap[m + i] = beta2 * heap[m + i] + (1 - beta2) * gradient;
    }
  },
});

export const examples = updateExamples(lion, { beta1: 0.9, beta2: 0.99 }, { m: moments });
