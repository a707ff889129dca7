import { log } from "../../numeric/elementary";
import { between, EPSILON, lossExamples, pairwiseLoss } from "./pairwise";

/**
 * Negative log-likelihood of counts under a Poisson distribution with mean x, without the part that x does not change.
 *
 *     y = mean x − target·log(x + ε)        dx = dy · (1 − target/(x + ε)) / columns
 *
 * A prediction below −ε has no logarithm: NaN, as in Keras.
 */
export const poisson = pairwiseLoss({
  name: "poisson",
  flops: 30,
  term: (x, target) => x - target * log(x + EPSILON),
  slope: (x, target) => 1 - target / (x + EPSILON),
});

export const examples = lossExamples(poisson, 4e-7, {
  x: between(0.05, 0.9),
  target: (uniform) => 2 + Math.floor(4 * uniform),
});
