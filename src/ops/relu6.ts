import { elementwiseExamples } from "./elementwise";
import { defineOp } from "./op";

/**
 * Rectified linear unit that saturates at 6.
 *
 *     y = min(max(x, 0), 6)        dx = 0 < y < 6 ? dy : 0
 */
export const relu6 = defineOp({
  name: "relu6",
  inputs: ["x"],
  outputs: ["y"],
  range: ([[low, high]]) => [Math.min(Math.max(low, 0), 6), Math.min(Math.max(high, 0), 6)],
  counts: ["count"],
  saves: ["y"],
  inPlace: true,

  forward({ heap }, { x, y, count }) {
    for (let i = 0; i < count; i++) {
      heap[y + i] = Math.min(Math.max(heap[x + i], 0), 6);
    }
  },

  backward({ heap }, { dx, addDx, y, dy, count }) {
    for (let i = 0; i < count; i++) {
      const slope = heap[y + i] > 0 && heap[y + i] < 6 ? 1 : 0;
      heap[dx + i] = (addDx ? heap[dx + i] : 0) + slope * heap[dy + i];
    }
  },
});

export const examples = elementwiseExamples(relu6, 0, { from: -4, to: 10 });
