import { joinExamples } from "../joinExamples";
import { defineOp } from "../op";
import { clearTraces } from "./clearTraces";
import { clearingExamples, moments, squares, updateExamples } from "./updateExamples";

/**
 * RMSprop (Hinton 2012): the gradient over the root of its recent mean square.
 *
 *     v = rho·v + (1 − rho)·g²
 *     a = rho·a + (1 − rho)·g                         only when centered
 *     d = lr·g / √(max(v − a², 0) + epsilon)          a = 0 when not centered; epsilon inside the root
 *     m = momentum·m + d,  w −= m                     with momentum; without:  w −= d
 *
 * v − a² is a variance, which only rounding makes negative: hence the max. `m` and `a` are absent without their option.
 */
export const rmsprop = defineOp({
  name: "rmsprop",
  tensors: ["w", "g", "v", "m", "a"],
  counts: ["count"],
  numbers: ["rho", "momentum", "epsilon"],

  forward({ heap }, { w, g, v, m, a, count, rho, momentum, epsilon }, step) {
    const { learningRate } = step;
    clearTraces(step, heap, v, count);
    if (m) clearTraces(step, heap, m, count);
    for (let i = 0; i < count; i++) {
      const gradient = heap[g + i];
      heap[v + i] = rho * heap[v + i] + (1 - rho) * gradient * gradient;
      let variance = heap[v + i];
      if (a) {
        heap[a + i] = rho * heap[a + i] + (1 - rho) * gradient;
        variance -= heap[a + i] * heap[a + i];
        if (variance < 0) variance = 0;
      }
      let descent = (learningRate * gradient) / Math.sqrt(variance + epsilon);
      if (m) {
        descent += momentum * heap[m + i];
        heap[m + i] = descent;
      }
      heap[w + i] -= descent;
    }
  },
});

const plain = { rho: 0.9, momentum: 0, epsilon: 1e-7 };
const heavy = { rho: 0.9, momentum: 0.8, epsilon: 1e-7 };

export const examples = joinExamples(
  updateExamples(rmsprop, plain, { v: squares }),
  updateExamples(rmsprop, heavy, { v: squares, m: moments }),
  updateExamples(rmsprop, plain, { v: squares, a: moments }),
  updateExamples(rmsprop, heavy, { v: squares, m: moments, a: moments }),
  clearingExamples(rmsprop, heavy, { v: squares, m: moments }),
);
