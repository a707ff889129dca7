import { log } from "../../numeric/elementary";
import { between, clip, EPSILON, isClipped, lossExamples, pairwiseLoss } from "./pairwise";

/** The target of one label, moved towards ½ by label smoothing s: t·(1 − s) + s/2. */
export function smoothBinary(target: number, labelSmoothing: number): number {
  return target * (1 - labelSmoothing) + labelSmoothing / 2;
}

/**
 * Binary cross-entropy of probabilities, t the smoothed target.
 *
 *     p = x, q = 1 − x, both limited to ε … 1 − ε
 *     y = mean −t·log p − (1 − t)·log q        dx = dy · (p − t) / (p·q) / columns, 0 where p is not x
 *
 * A prediction that is wrong by more than 1 − ε has no gradient. The form from logits has one; it is what a model whose
 * last activation is a sigmoid uses.
 */
export const binaryCrossentropy = pairwiseLoss({
  name: "binaryCrossentropy",
  option: "labelSmoothing",
  flops: 50,
  term(x, target, labelSmoothing) {
    const t = smoothBinary(target, labelSmoothing);
    return -t * log(clip(x, EPSILON, 1 - EPSILON)) - (1 - t) * log(clip(1 - x, EPSILON, 1 - EPSILON));
  },
  slope: (x, target, labelSmoothing) =>
    isClipped(x, EPSILON, 1 - EPSILON) ? 0 : (x - smoothBinary(target, labelSmoothing)) / (x * (1 - x)),
});

export const examples = lossExamples(binaryCrossentropy, 4e-7, {
  x: between(0.05, 0.95),
  target: (uniform) => (uniform < 0.5 ? 0 : 1),
  numbers: { labelSmoothing: 0.1 },
});
