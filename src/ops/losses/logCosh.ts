import { exp, log1p, tanh } from "../../numeric/elementary";
import { between, lossExamples, pairwiseLoss } from "./pairwise";

/**
 * Logarithm of the hyperbolic cosine of the error, in a form that does not overflow.
 *
 *     e = x − target        y = mean |e| + log(1 + e^(−2|e|)) − log 2        dx = dy · tanh(e) / columns
 */
export const logCosh = pairwiseLoss({
  name: "logCosh",
  flops: 60,
  term(x, target) {
    const error = Math.abs(x - target);
    return error + log1p(exp(-2 * error)) - Math.LN2;
  },
  slope: (x, target) => tanh(x - target),
});

export const examples = lossExamples(logCosh, 4e-7, { x: between(-4, 0), target: between(0.5, 4) });
