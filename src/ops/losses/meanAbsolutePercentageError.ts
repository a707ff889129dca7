import { between, EPSILON, lossExamples, pairwiseLoss } from "./pairwise";

/**
 * Mean absolute percentage error. A target of 0 divides by ε, as in Keras, and so outweighs all others.
 *
 *     y = 100 · mean |x − target| / max(|target|, ε)        dx = dy · 100·sign(x − target) / max(|target|, ε) / columns
 */
export const meanAbsolutePercentageError = pairwiseLoss({
  name: "meanAbsolutePercentageError",
  flops: 5,
  term: (x, target) => (100 * Math.abs(x - target)) / Math.max(Math.abs(target), EPSILON),
  slope: (x, target) => (100 * Math.sign(x - target)) / Math.max(Math.abs(target), EPSILON),
});

export const examples = lossExamples(meanAbsolutePercentageError, 4e-7, {
  x: between(-2, 0.5),
  target: between(0.6, 3),
});
