import { exp, expm1, log1p } from "../numeric/elementary";
import { elementwiseExamples } from "./elementwise";
import { defineOp } from "./op";
import { ABOVE_ZERO } from "./range";

/**
 * Smooth form of the rectified linear unit.
 *
 *     y = log(1 + eˣ)        dx = dy · (1 − e⁻ʸ)
 */
export const softplus = defineOp({
  name: "softplus",
  inputs: ["x"],
  outputs: ["y"],
  range: ([[, high]]) => [ABOVE_ZERO, high > 0 ? Number.POSITIVE_INFINITY : 1],
  counts: ["count"],
  saves: ["y"],
  inPlace: true,

  forward({ heap }, { x, y, count }) {
    for (let i = 0; i < count; i++) {
      const value = heap[x + i];
      heap[y + i] = Math.max(value, 0) + log1p(exp(-Math.abs(value)));
    }
  },

  backward({ heap }, { dx, addDx, y, dy, count }) {
    for (let i = 0; i < count; i++) {
      const slope = -expm1(-heap[y + i]);
      heap[dx + i] = (addDx ? heap[dx + i] : 0) + slope * heap[dy + i];
    }
  },
});

export const examples = elementwiseExamples(softplus, 4e-7, { from: -8, to: 8 });
