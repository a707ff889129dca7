import { exp } from "../numeric/elementary";
import { elementwiseExamples } from "./elementwise";
import { defineOp } from "./op";
import { ABOVE_ZERO } from "./range";

/**
 * The exponential function.
 *
 *     y = eˣ        dx = dy · y
 */
export const exponential = defineOp({
  name: "exponential",
  inputs: ["x"],
  outputs: ["y"],
  range: ([[, high]]) => [ABOVE_ZERO, high > 0 ? Number.POSITIVE_INFINITY : 1],
  counts: ["count"],
  saves: ["y"],
  inPlace: true,

  forward({ heap }, { x, y, count }) {
    for (let i = 0; i < count; i++) {
      heap[y + i] = exp(heap[x + i]);
    }
  },

  backward({ heap }, { dx, addDx, y, dy, count }) {
    for (let i = 0; i < count; i++) {
      const slope = heap[y + i];
      heap[dx + i] = (addDx ? heap[dx + i] : 0) + slope * heap[dy + i];
    }
  },
});

export const examples = elementwiseExamples(exponential, 4e-7);
