import { exp } from "../numeric/elementary";
import { elementwiseExamples } from "./elementwise";
import { defineOp } from "./op";
import { UNIT } from "./range";

/**
 * Logistic function.
 *
 *     y = 1/(1 + e⁻ˣ)        dx = dy · y·(1 − y)
 */
export const sigmoid = defineOp({
  name: "sigmoid",
  inputs: ["x"],
  outputs: ["y"],
  range: UNIT,
  counts: ["count"],
  saves: ["y"],
  inPlace: true,

  forward({ heap }, { x, y, count }) {
    for (let i = 0; i < count; i++) {
      heap[y + i] = 1 / (1 + exp(-heap[x + i]));
    }
  },

  backward({ heap }, { dx, addDx, y, dy, count }) {
    for (let i = 0; i < count; i++) {
      const slope = heap[y + i] * (1 - heap[y + i]);
      heap[dx + i] = (addDx ? heap[dx + i] : 0) + slope * heap[dy + i];
    }
  },
});

export const examples = elementwiseExamples(sigmoid, 4e-7, { from: -8, to: 8 });
