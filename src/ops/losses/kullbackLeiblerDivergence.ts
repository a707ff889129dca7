import { log } from "../../numeric/elementary";
import { between, clip, EPSILON, isClipped, lossExamples, pairwiseLoss } from "./pairwise";

/**
 * Kullback-Leibler divergence of the target distribution from the predicted one.
 *
 *     t, p = target and x, limited to ε … 1        y = Σ t·log(t/p)        dx = −dy · t/p, 0 where p is not x
 */
export const kullbackLeiblerDivergence = pairwiseLoss({
  name: "kullbackLeiblerDivergence",
  over: "sum",
  flops: 30,
  term(x, target) {
    const t = clip(target, EPSILON, 1);
    return t * log(t / clip(x, EPSILON, 1));
  },
  slope: (x, target) => (isClipped(x, EPSILON, 1) ? 0 : -clip(target, EPSILON, 1) / x),
});

export const examples = lossExamples(kullbackLeiblerDivergence, 4e-7, {
  x: between(0.05, 0.5),
  target: between(0.6, 1),
});
