import { exp, log1p, tanh } from "../numeric/elementary";
import { elementwiseExamples } from "./elementwise";
import { defineOp } from "./op";
import { rectifies } from "./range";

/**
 * Mish (Misra 2019).
 *
 *     y = x·t                                      t = tanh(log(1 + eˣ))
 *     dx = dy · (t + x·(1 − t²)·σ(x))       σ(x) = 1/(1 + e⁻ˣ)
 */
export const mish = defineOp({
  name: "mish",
  inputs: ["x"],
  outputs: ["y"],
  range: rectifies(-0.31),
  counts: ["count"],
  saves: ["x"],
  inPlace: true,

  forward({ heap }, { x, y, count }) {
    for (let i = 0; i < count; i++) {
      heap[y + i] = heap[x + i] * tanh(log1p(exp(heap[x + i])));
    }
  },

  backward({ heap }, { x, dx, addDx, dy, count }) {
    for (let i = 0; i < count; i++) {
      const gate = tanh(log1p(exp(heap[x + i])));
      const sigmoid = 1 / (1 + exp(-heap[x + i]));
      const slope = gate + heap[x + i] * (1 - gate * gate) * sigmoid;
      heap[dx + i] = (addDx ? heap[dx + i] : 0) + slope * heap[dy + i];
    }
  },
});

export const examples = elementwiseExamples(mish, 4e-7, { from: -8, to: 8 });
