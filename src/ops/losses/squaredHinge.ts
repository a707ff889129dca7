import { signOf, signs } from "./hinge";
import { between, lossExamples, pairwiseLoss } from "./pairwise";

/** max(1 − t·x, 0) */
function margin(x: number, target: number): number {
  return Math.max(1 - signOf(target) * x, 0);
}

/**
 * Squared hinge loss; targets are −1 or 1, and 0 counts as −1.
 *
 *     t = target, −1 where that is 0
 *     m = max(1 − t·x, 0)        y = mean m²        dx = dy · −2·t·m / columns
 */
export const squaredHinge = pairwiseLoss({
  name: "squaredHinge",
  flops: 4,
  term: (x, target) => margin(x, target) * margin(x, target),
  slope: (x, target) => -2 * signOf(target) * margin(x, target),
});

export const examples = lossExamples(squaredHinge, 4e-7, { x: between(-3, 3), target: signs });
