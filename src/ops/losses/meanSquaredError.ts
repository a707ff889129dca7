import { between, lossExamples, pairwiseLoss } from "./pairwise";

/**
 * Mean squared error.
 *
 *     y = mean (x − target)²        dx = dy · 2·(x − target) / columns
 */
export const meanSquaredError = pairwiseLoss({
  name: "meanSquaredError",
  term: (x, target) => (x - target) * (x - target),
  slope: (x, target) => 2 * (x - target),
});

export const examples = lossExamples(meanSquaredError, 4e-7, { x: between(-4, 4), target: between(-4, 4) });
