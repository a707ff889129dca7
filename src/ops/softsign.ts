import { elementwiseExamples } from "./elementwise";
import { defineOp } from "./op";
import { saturates } from "./range";

/**
 * A sigmoid that approaches its limits slowly.
 *
 *     y = x/(1 + |x|)        dx = dy · (1 − |y|)²
 */
export const softsign = defineOp({
  name: "softsign",
  inputs: ["x"],
  outputs: ["y"],
  range: saturates,
  counts: ["count"],
  saves: ["y"],
  inPlace: true,

  forward({ heap }, { x, y, count }) {
    for (let i = 0; i < count; i++) {
      heap[y + i] = heap[x + i] / (1 + Math.abs(heap[x + i]));
    }
  },

  backward({ heap }, { dx, addDx, y, dy, count }) {
    for (let i = 0; i < count; i++) {
      const distance = 1 - Math.abs(heap[y + i]);
      const slope = distance * distance;
      heap[dx + i] = (addDx ? heap[dx + i] : 0) + slope * heap[dy + i];
    }
  },
});

export const examples = elementwiseExamples(softsign, 4e-7, { from: -8, to: 8 });
