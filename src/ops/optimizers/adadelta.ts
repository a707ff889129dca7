import { defineOp } from "../op";
import { squares, updateExamples } from "./updateExamples";

/**
 * Adadelta (Zeiler 2012): steps as large as recent steps, in units of recent gradients.
 *
 *     a = rho·a + (1 − rho)·g²
 *     s = g·√(d + epsilon) / √(a + epsilon)
 *     d = rho·d + (1 − rho)·s²
 *     w −= lr·s
 */
export const adadelta = defineOp({
  name: "adadelta",
  tensors: ["w", "g", "a", "d"],
  counts: ["count"],
  numbers: ["rho", "epsilon"],

  forward({ heap }, { w, g, a, d, count, rho, epsilon }, { learningRate }) {
    for (let i = 0; i < count; i++) {
      const gradient = heap[g + i];
      heap[a + i] = rho * heap[a + i] + (1 - rho) * gradient * gradient;
      const descent = (gradient * Math.sqrt(heap[d + i] + epsilon)) / Math.sqrt(heap[a + i] + epsilon);
      heap[d + i] = rho * heap[d + i] + (1 - rho) * descent * descent;
      heap[w + i] -= learningRate * descent;
    }
  },
});

export const examples = updateExamples(adadelta, { rho: 0.95, epsilon: 1e-7 }, { a: squares, d: squares });
