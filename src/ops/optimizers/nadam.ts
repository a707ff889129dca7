import { joinExamples } from "../joinExamples";
import { defineOp } from "../op";
import { clearTraces } from "./clearTraces";
import { integerPower } from "./integerPower";
import { clearingExamples, moments, squares, updateExamples } from "./updateExamples";

/** How fast Dozat's momentum schedule approaches beta1. */
const DECAY = 0.96;

/**
 * The product of the momentums of updates 1 … t, Π beta1·(1 − ½·0.96^i). A function of t alone, so nothing is carried from
 * one update to the next: from i ≈ 900 on the bracket is exactly 1, and beta1^t has the rest.
 */
function momentumProduct(beta1: number, t: number): number {
  let product = integerPower(beta1, t);
  let power = 1;
  for (let i = 0; i < t; i++) {
    power *= DECAY;
    const bracket = 1 - 0.5 * power;
    if (bracket === 1) break;
    product *= bracket;
  }
  return product;
}

/**
 * Nadam (Dozat 2016): Adam with Nesterov momentum. At update t = 1, 2, …
 *
 *     u_t = beta1·(1 − ½·0.96^t)        p_t = u_1·u_2·…·u_t
 *     m += (1 − beta1)·(g − m)          v += (1 − beta2)·(g² − v)
 *     m̂ = u_{t+1}·m / (1 − p_{t+1}) + (1 − u_t)·g / (1 − p_t)        v̂ = v / (1 − beta2^t)
 *     w −= lr·m̂ / (√v̂ + epsilon)
 */
export const nadam = defineOp({
  name: "nadam",
  tensors: ["w", "g", "m", "v"],
  counts: ["count"],
  numbers: ["beta1", "beta2", "epsilon"],

  forward({ heap }, { w, g, m, v, count, beta1, beta2, epsilon }, step) {
    const { index, learningRate } = step;
    const t = index + 1;
    const momentum = beta1 * (1 - 0.5 * integerPower(DECAY, t));
    const nextMomentum = beta1 * (1 - 0.5 * integerPower(DECAY, t + 1));
    const product = momentumProduct(beta1, t);
    const ofMoment = (learningRate * nextMomentum) / (1 - product * nextMomentum);
    const ofGradient = (learningRate * (1 - momentum)) / (1 - product);
    const correction = 1 / (1 - integerPower(beta2, t));
    clearTraces(step, heap, m, count);
    clearTraces(step, heap, v, count);
    for (let i = 0; i < count; i++) {
      const gradient = heap[g + i];
      heap[m + i] += (1 - beta1) * (gradient - heap[m + i]);
      heap[v + i] += (1 - beta2) * (gradient * gradient - heap[v + i]);
      const descent = ofMoment * heap[m + i] + ofGradient * gradient;
      heap[w + i] -= descent / (Math.sqrt(heap[v + i] * correction) + epsilon);
    }
  },
});

const numbers = { beta1: 0.9, beta2: 0.999, epsilon: 1e-7 };

export const examples = joinExamples(
  updateExamples(nadam, numbers, { m: moments, v: squares }),
  clearingExamples(nadam, numbers, { m: moments, v: squares }),
);
