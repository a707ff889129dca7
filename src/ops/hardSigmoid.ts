import { elementwiseExamples } from "./elementwise";
import { defineOp } from "./op";
import { UNIT } from "./range";

/**
 * Piecewise linear sigmoid, whose slope at 0 is scale/6.
 *
 *     y = min(max(scale·x + 3, 0), 6) / 6        dx = 0 < y < 1 ? scale/6·dy : 0
 */
export const hardSigmoid = defineOp({
  name: "hardSigmoid",
  inputs: ["x"],
  outputs: ["y"],
  range: UNIT,
  counts: ["count"],
  numbers: ["scale"],
  saves: ["y"],
  inPlace: true,

  forward({ heap }, { x, y, count, scale }) {
    for (let i = 0; i < count; i++) {
      heap[y + i] = Math.min(Math.max(scale * heap[x + i] + 3, 0), 6) / 6;
    }
  },

  backward({ heap }, { dx, addDx, y, dy, count, scale }) {
    for (let i = 0; i < count; i++) {
      const slope = heap[y + i] > 0 && heap[y + i] < 1 ? scale / 6 : 0;
      heap[dx + i] = (addDx ? heap[dx + i] : 0) + slope * heap[dy + i];
    }
  },
});

export const examples = elementwiseExamples(hardSigmoid, 4e-7, { numbers: { scale: 1.2 } });
