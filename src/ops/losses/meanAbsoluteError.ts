import { between, lossExamples, pairwiseLoss } from "./pairwise";

/**
 * Mean absolute error.
 *
 *     y = mean |x − target|        dx = dy · sign(x − target) / columns, 0 where they are equal
 */
export const meanAbsoluteError = pairwiseLoss({
  name: "meanAbsoluteError",
  term: (x, target) => Math.abs(x - target),
  slope: (x, target) => Math.sign(x - target),
});

export const examples = lossExamples(meanAbsoluteError, 4e-7, { x: between(-4, 4), target: between(-4, 4) });
