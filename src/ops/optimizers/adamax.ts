import { joinExamples } from "../joinExamples";
import { defineOp } from "../op";
import { clearTraces } from "./clearTraces";
import { integerPower } from "./integerPower";
import { clearingExamples, moments, squares, updateExamples } from "./updateExamples";

/**
 * Adamax (Kingma & Ba 2015, section 7.1): Adam with the largest recent gradient in place of the root mean square.
 *
 *     m += (1 − beta1)·(g − m)        u = max(beta2·u, |g|)
 *     w −= lr / (1 − beta1^t)·m / (u + epsilon)                        t = 1 at the first update
 */
export const adamax = defineOp({
  name: "adamax",
  tensors: ["w", "g", "m", "u"],
  counts: ["count"],
  numbers: ["beta1", "beta2", "epsilon"],

  forward({ heap }, { w, g, m, u, count, beta1, beta2, epsilon }, step) {
    const { index, learningRate } = step;
    const alpha = learningRate / (1 - integerPower(beta1, index + 1));
    clearTraces(step, heap, m, count);
    clearTraces(step, heap, u, count);
    for (let i = 0; i < count; i++) {
      const gradient = heap[g + i];
      const faded = beta2 * heap[u + i];
      heap[m + i] += (1 - beta1) * (gradient - heap[m + i]);
      heap[u + i] = Math.max(Math.abs(gradient), faded);
      heap[w + i] -= (alpha * heap[m + i]) / (heap[u + i] + epsilon);
    }
  },
});

const numbers = { beta1: 0.9, beta2: 0.999, epsilon: 1e-7 };

export const examples = joinExamples(
  updateExamples(adamax, numbers, { m: moments, u: squares }),
  clearingExamples(adamax, numbers, { m: moments, u: squares }),
);
