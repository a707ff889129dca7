import { joinExamples } from "../joinExamples";
import { defineOp } from "../op";
import { clearTraces } from "./clearTraces";
import { integerPower } from "./integerPower";
import { clearingExamples, moments, squares, updateExamples } from "./updateExamples";

/**
 * Adam (Kingma & Ba 2015), in the form before section 2.1 of the paper, with `epsilon` outside the bias correction.
 *
 *     m += (1 − beta1)·(g − m)        v += (1 − beta2)·(g² − v)
 *     alpha = lr·√(1 − beta2^t) / (1 − beta1^t)                        t = 1 at the first update
 *     w −= alpha·m / (√v + epsilon)
 *
 * With `vmax` (AMSGrad; Reddi, Kale & Kumar 2018) vmax = max(vmax, v) takes the place of v in the last line.
 */
export const adam = defineOp({
  name: "adam",
  tensors: ["w", "g", "m", "v", "vmax"],
  counts: ["count"],
  numbers: ["beta1", "beta2", "epsilon"],

  forward({ heap }, { w, g, m, v, vmax, count, beta1, beta2, epsilon }, step) {
    const { index, learningRate } = step;
    const t = index + 1;
    const alpha = (learningRate * Math.sqrt(1 - integerPower(beta2, t))) / (1 - integerPower(beta1, t));
    clearTraces(step, heap, m, count);
    clearTraces(step, heap, v, count);
    for (let i = 0; i < count; i++) {
      const gradient = heap[g + i];
      heap[m + i] += (1 - beta1) * (gradient - heap[m + i]);
      heap[v + i] += (1 - beta2) * (gradient * gradient - heap[v + i]);
      let second = heap[v + i];
      if (vmax) {
        if (second < heap[vmax + i]) second = heap[vmax + i];
        heap[vmax + i] = second;
      }
      heap[w + i] -= (alpha * heap[m + i]) / (Math.sqrt(second) + epsilon);
    }
  },
});

/** Below v at the first weight, so that there is always one to raise. */
const largest = (uniform: number, i: number) => (i === 0 ? 0.1 : 0.5 + uniform);
const numbers = { beta1: 0.9, beta2: 0.999, epsilon: 1e-7 };

export const examples = joinExamples(
  updateExamples(adam, numbers, { m: moments, v: squares }),
  updateExamples(adam, numbers, { m: moments, v: squares }, { index: 0 }),
  updateExamples(adam, numbers, { m: moments, v: squares, vmax: largest }),
  clearingExamples(adam, numbers, { m: moments, v: squares }),
);
