import { defineOp } from "../op";
import { squares, updateExamples } from "./updateExamples";

/**
 * Adagrad (Duchi, Hazan & Singer 2011): the gradient over the root of the sum of its squares so far.
 *
 *     a += g²        w −= lr·g / √(a + epsilon)
 */
export const adagrad = defineOp({
  name: "adagrad",
  tensors: ["w", "g", "a"],
  counts: ["count"],
  numbers: ["epsilon"],

  forward({ heap }, { w, g, a, count, epsilon }, { learningRate }) {
    for (let i = 0; i < count; i++) {
      const gradient = heap[g + i];
      heap[a + i] += gradient * gradient;
      heap[w + i] -= (learningRate * gradient) / Math.sqrt(heap[a + i] + epsilon);
    }
  },
});

export const examples = updateExamples(adagrad, { epsilon: 1e-7 }, { a: squares });
