import { exp } from "../numeric/elementary";
import { elementwiseExamples } from "./elementwise";
import { defineOp } from "./op";
import { rectifies } from "./range";

/**
 * Sigmoid-weighted linear unit, also called swish (Elfwing et al. 2017).
 *
 *     y = x·σ(x)        dx = dy · σ·(1 + x·(1 − σ))        σ(x) = 1/(1 + e⁻ˣ)
 */
export const silu = defineOp({
  name: "silu",
  inputs: ["x"],
  outputs: ["y"],
  range: rectifies(-0.28),
  counts: ["count"],
  saves: ["x"],
  inPlace: true,

  forward({ heap }, { x, y, count }) {
    for (let i = 0; i < count; i++) {
      heap[y + i] = heap[x + i] / (1 + exp(-heap[x + i]));
    }
  },

  backward({ heap }, { x, dx, addDx, dy, count }) {
    for (let i = 0; i < count; i++) {
      const gate = 1 / (1 + exp(-heap[x + i]));
      const slope = gate * (1 + heap[x + i] * (1 - gate));
      heap[dx + i] = (addDx ? heap[dx + i] : 0) + slope * heap[dy + i];
    }
  },
});

export const examples = elementwiseExamples(silu, 4e-7, { from: -8, to: 8 });
