import { between, lossExamples, pairwiseLoss } from "./pairwise";

/** Targets of the hinge losses: 0 stands for −1. */
export function signOf(target: number): number {
  return target === 0 ? -1 : target;
}

/** What examples of the hinge losses have as targets. */
export const signs = (uniform: number): number => [-1, 0, 1][Math.floor(3 * uniform)];

/**
 * Hinge loss; targets are −1 or 1, and 0 counts as −1.
 *
 *     t = target, −1 where that is 0
 *     y = mean max(1 − t·x, 0)        dx = dy · −t / columns where t·x < 1, else 0
 */
export const hinge = pairwiseLoss({
  name: "hinge",
  term: (x, target) => Math.max(1 - signOf(target) * x, 0),
  slope(x, target) {
    const margin = 1 - signOf(target) * x;
    if (Number.isNaN(margin)) return margin;
    return margin > 0 ? -signOf(target) : 0;
  },
});

export const examples = lossExamples(hinge, 4e-7, { x: between(-3, 3), target: signs });
