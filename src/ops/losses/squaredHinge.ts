import { between, lossExamples, pairwiseLoss } from "./pairwise";

/** max(1 − target·x, 0) */
function margin(x: number, target: number): number {
  return Math.max(1 - target * x, 0);
}

/**
 * Squared hinge loss; targets are −1 or 1.
 *
 *     m = max(1 − target·x, 0)        y = mean m²        dx = dy · −2·target·m / columns
 */
export const squaredHinge = pairwiseLoss({
  name: "squaredHinge",
  flops: 4,
  term: (x, target) => margin(x, target) * margin(x, target),
  slope: (x, target) => -2 * target * margin(x, target),
});

export const examples = lossExamples(squaredHinge, 4e-7, {
  x: between(-3, 3),
  target: (uniform) => (uniform < 0.5 ? -1 : 1),
});
