import { log1p } from "../../numeric/elementary";
import { between, EPSILON, lossExamples, pairwiseLoss } from "./pairwise";

/** log(1 + max(x, ε)) */
function logarithm(x: number): number {
  return log1p(Math.max(x, EPSILON));
}

/**
 * Mean squared logarithmic error. Predictions and targets below ε count as ε; the former get no gradient.
 *
 *     l(v) = log(1 + max(v, ε))
 *     y = mean (l(x) − l(target))²        dx = dy · 2·(l(x) − l(target)) / (1 + x) / columns
 */
export const meanSquaredLogarithmicError = pairwiseLoss({
  name: "meanSquaredLogarithmicError",
  flops: 40,
  term(x, target) {
    const difference = logarithm(x) - logarithm(target);
    return difference * difference;
  },
  slope: (x, target) => (x < EPSILON ? 0 : (2 * (logarithm(x) - logarithm(target))) / (1 + x)),
});

export const examples = lossExamples(meanSquaredLogarithmicError, 4e-7, {
  x: between(-1, 4),
  target: between(8, 20),
});
