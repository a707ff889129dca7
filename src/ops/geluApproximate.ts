import { exp } from "../numeric/elementary";
import { elementwiseExamples } from "./elementwise";
import { defineOp } from "./op";
import { rectifies } from "./range";

/** 2√(2/π), the slope of 2u at 0. */
const slopeAtZero = 1.5957691216057308;
const cubic = 0.044715;

/**
 * The gaussian error linear unit with a hyperbolic tangent in place of the error function (Hendrycks & Gimpel 2016).
 *
 *     y = ½ x (1 + tanh u) = x·σ(2u)                  u = √(2/π) (x + 0.044715 x³),  σ(z) = 1/(1 + e⁻ᶻ)
 *     dx = dy · (σ + x·σ·(1 − σ)·d2u/dx)       d2u/dx = 2√(2/π) (1 + 3·0.044715 x²)
 */
export const geluApproximate = defineOp({
  name: "geluApproximate",
  inputs: ["x"],
  outputs: ["y"],
  range: rectifies(-0.17),
  counts: ["count"],
  saves: ["x"],
  inPlace: true,

  forward({ heap }, { x, y, count }) {
    for (let i = 0; i < count; i++) {
      const value = heap[x + i];
      const argument = slopeAtZero * value * (1 + cubic * value * value);
      heap[y + i] = value / (1 + exp(-argument));
    }
  },

  backward({ heap }, { x, dx, addDx, dy, count }) {
    for (let i = 0; i < count; i++) {
      const value = heap[x + i];
      const square = cubic * value * value;
      const gate = 1 / (1 + exp(-slopeAtZero * value * (1 + square)));
      const slope = gate + value * gate * (1 - gate) * slopeAtZero * (1 + 3 * square);
      heap[dx + i] = (addDx ? heap[dx + i] : 0) + slope * heap[dy + i];
    }
  },
});

export const examples = elementwiseExamples(geluApproximate, 4e-7, { from: -8, to: 8 });
