import { joinExamples } from "../joinExamples";
import { defineOp } from "../op";
import { clearTraces } from "./clearTraces";
import { clearingExamples, moments, updateExamples } from "./updateExamples";

/**
 * Gradient descent with momentum, in Keras's form: the velocity m already contains the learning rate.
 *
 *     m = momentum·m − lr·g
 *     w += m                          plain
 *     w += momentum·m − lr·g          nesterov
 */
export const sgdMomentum = defineOp({
  name: "sgdMomentum",
  tensors: ["w", "g", "m"],
  counts: ["count", "nesterov"],
  numbers: ["momentum"],

  forward({ heap }, { w, g, m, count, nesterov, momentum }, step) {
    const { learningRate } = step;
    clearTraces(step, heap, m, count);
    for (let i = 0; i < count; i++) {
      const descent = learningRate * heap[g + i];
      heap[m + i] = momentum * heap[m + i] - descent;
      heap[w + i] += nesterov ? momentum * heap[m + i] - descent : heap[m + i];
    }
  },
});

export const examples = joinExamples(
  updateExamples(sgdMomentum, { momentum: 0.9 }, { m: moments }, { counts: { nesterov: 0 } }),
  updateExamples(sgdMomentum, { momentum: 0.9 }, { m: moments }, { counts: { nesterov: 1 } }),
  clearingExamples(sgdMomentum, { momentum: 0.9 }, { m: moments }, { nesterov: 0 }),
  clearingExamples(sgdMomentum, { momentum: 0.9 }, { m: moments }, { nesterov: 1 }),
);
