import { tanh as hyperbolicTangent } from "../numeric/elementary";
import { elementwiseExamples } from "./elementwise";
import { defineOp } from "./op";
import { saturates } from "./range";

/**
 * Hyperbolic tangent.
 *
 *     y = tanh x        dx = dy · (1 − y²)
 */
export const tanh = defineOp({
  name: "tanh",
  inputs: ["x"],
  outputs: ["y"],
  range: saturates,
  counts: ["count"],
  saves: ["y"],
  inPlace: true,

  forward({ heap }, { x, y, count }) {
    for (let i = 0; i < count; i++) {
      heap[y + i] = hyperbolicTangent(heap[x + i]);
    }
  },

  backward({ heap }, { dx, addDx, y, dy, count }) {
    for (let i = 0; i < count; i++) {
      const slope = 1 - heap[y + i] * heap[y + i];
      heap[dx + i] = (addDx ? heap[dx + i] : 0) + slope * heap[dy + i];
    }
  },
});

export const examples = elementwiseExamples(tanh, 4e-7, { from: -8, to: 8 });
