import { elementwiseExamples } from "./elementwise";
import { defineOp } from "./op";
import { UNIT } from "./range";

/**
 * Piecewise linear sigmoid, by its slope at 0. With scale = 6·slope, which is exactly 1 for a sixth:
 *
 *     y = min(max(scale·x + 3, 0), 6) / 6        dx = 0 < y < 1 ? scale/6·dy : 0
 */
export const hardSigmoid = defineOp({
  name: "hardSigmoid",
  inputs: ["x"],
  outputs: ["y"],
  range: UNIT,
  counts: ["count"],
  numbers: ["slope"],
  saves: ["y"],
  inPlace: true,

  forward({ heap }, { x, y, count, slope }) {
    for (let i = 0; i < count; i++) {
      heap[y + i] = Math.min(Math.max(6 * slope * heap[x + i] + 3, 0), 6) / 6;
    }
  },

  backward({ heap }, { dx, addDx, y, dy, count, slope }) {
    for (let i = 0; i < count; i++) {
      const factor = heap[y + i] > 0 && heap[y + i] < 1 ? slope : 0;
      heap[dx + i] = (addDx ? heap[dx + i] : 0) + factor * heap[dy + i];
    }
  },
});

export const examples = elementwiseExamples(hardSigmoid, 4e-7, { numbers: { slope: 1 / 6 } });
