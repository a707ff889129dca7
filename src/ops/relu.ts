import { elementwiseExamples } from "./elementwise";
import { defineOp } from "./op";
import { rectifies } from "./range";

/**
 * Rectified linear unit.
 *
 *     y = max(x, 0)        dx = y > 0 ? dy : 0
 */
export const relu = defineOp({
  name: "relu",
  inputs: ["x"],
  outputs: ["y"],
  range: rectifies(0),
  counts: ["count"],
  saves: ["y"],
  inPlace: true,

  forward({ heap }, { x, y, count }) {
    for (let i = 0; i < count; i++) heap[y + i] = Math.max(heap[x + i], 0);
  },

  backward({ heap }, { dx, addDx, y, dy, count }) {
    for (let i = 0; i < count; i++) {
      const slope = heap[y + i] > 0 ? 1 : 0;
      heap[dx + i] = (addDx ? heap[dx + i] : 0) + slope * heap[dy + i];
    }
  },
});

export const examples = elementwiseExamples(relu, 0);
