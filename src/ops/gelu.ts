import { erf, exp } from "../numeric/elementary";
import { elementwiseExamples } from "./elementwise";
import { defineOp } from "./op";
import { rectifies } from "./range";

const sqrtHalf = Math.SQRT1_2;
const inverseSqrtTwoPi = 0.3989422804014327;

/**
 * Gaussian error linear unit: x times the probability that a standard normal number is below x (Hendrycks & Gimpel 2016).
 *
 *     y = x·Φ(x)                     Φ(x) = ½ (1 + erf(x/√2))
 *     dx = dy · (Φ(x) + x·φ(x))       φ(x) = e^(−x²/2) / √(2π)
 */
export const gelu = defineOp({
  name: "gelu",
  inputs: ["x"],
  outputs: ["y"],
  range: rectifies(-0.17),
  counts: ["count"],
  saves: ["x"],
  inPlace: true,

  forward({ heap }, { x, y, count }) {
    for (let i = 0; i < count; i++) {
      const value = heap[x + i];
      heap[y + i] = 0.5 * value * (1 + erf(value * sqrtHalf));
    }
  },

  backward({ heap }, { x, dx, addDx, dy, count }) {
    for (let i = 0; i < count; i++) {
      const value = heap[x + i];
      const below = 0.5 * (1 + erf(value * sqrtHalf));
      const density = inverseSqrtTwoPi * exp(-0.5 * value * value);
      const slope = below + value * density;
      heap[dx + i] = (addDx ? heap[dx + i] : 0) + slope * heap[dy + i];
    }
  },
});

export const examples = elementwiseExamples(gelu, 4e-7);
