import { between, clip, lossExamples, pairwiseLoss } from "./pairwise";

/**
 * Huber loss (Huber 1964): quadratic near the target, linear beyond delta.
 *
 *     e = x − target        c = min(|e|, delta)
 *     y = mean c·(|e| − c/2)        dx = dy · (e limited to −delta … delta) / columns
 */
export const huber = pairwiseLoss({
  name: "huber",
  option: "delta",
  flops: 6,
  term(x, target, delta) {
    const error = Math.abs(x - target);
    const bounded = Math.min(error, delta);
    return bounded * (error - bounded / 2);
  },
  slope: (x, target, delta) => clip(x - target, -delta, delta),
});

export const examples = lossExamples(huber, 4e-7, {
  x: between(-2, 2),
  target: between(-2, 2),
  numbers: { delta: 0.75 },
});
