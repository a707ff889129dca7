import { exp, log1p } from "../../numeric/elementary";
import { smoothBinary } from "./binaryCrossentropy";
import { between, lossExamples, pairwiseLoss } from "./pairwise";

/**
 * Binary cross-entropy of logits, t the smoothed target: exact for logits of any size.
 *
 *     y = mean max(x, 0) − t·x + log(1 + e^−|x|)        dx = dy · (sigmoid(x) − t) / columns
 */
export const binaryCrossentropyFromLogits = pairwiseLoss({
  name: "binaryCrossentropyFromLogits",
  option: "labelSmoothing",
  flops: 50,
  term(x, target, labelSmoothing) {
    return Math.max(x, 0) - smoothBinary(target, labelSmoothing) * x + log1p(exp(-Math.abs(x)));
  },
  slope: (x, target, labelSmoothing) => 1 / (1 + exp(-x)) - smoothBinary(target, labelSmoothing),
});

export const examples = lossExamples(binaryCrossentropyFromLogits, 4e-7, {
  x: between(-4, 4),
  target: (uniform) => (uniform < 0.5 ? 0 : 1),
  numbers: { labelSmoothing: 0.1 },
});
