import { between, lossExamples, pairwiseLoss } from "./pairwise";

/**
 * Hinge loss; targets are −1 or 1.
 *
 *     y = mean max(1 − target·x, 0)        dx = dy · −target / columns where target·x < 1, else 0
 */
export const hinge = pairwiseLoss({
  name: "hinge",
  term: (x, target) => Math.max(1 - target * x, 0),
  slope(x, target) {
    const margin = 1 - target * x;
    if (Number.isNaN(margin)) return margin;
    return margin > 0 ? -target : 0;
  },
});

export const examples = lossExamples(hinge, 4e-7, {
  x: between(-3, 3),
  target: (uniform) => (uniform < 0.5 ? -1 : 1),
});
