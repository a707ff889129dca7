import { elementwiseExamples } from "./elementwise";
import { defineOp } from "./op";

/**
 * Rectified linear unit that lets a share of negative values through, negativeSlope ≥ 0 (Maas et al. 2013).
 *
 *     y = x > 0 ? x : negativeSlope·x        dx = y > 0 ? dy : negativeSlope·dy
 */
export const leakyRelu = defineOp({
  name: "leakyRelu",
  inputs: ["x"],
  outputs: ["y"],
  range: ([[low, high]], { negativeSlope }) => [low < 0 ? low * negativeSlope : low, Math.max(high, 0)],
  counts: ["count"],
  numbers: ["negativeSlope"],
  saves: ["y"],
  inPlace: true,

  forward({ heap }, { x, y, count, negativeSlope }) {
    for (let i = 0; i < count; i++) {
      heap[y + i] = heap[x + i] > 0 ? heap[x + i] : negativeSlope * heap[x + i];
    }
  },

  backward({ heap }, { dx, addDx, y, dy, count, negativeSlope }) {
    for (let i = 0; i < count; i++) {
      const slope = heap[y + i] > 0 ? 1 : negativeSlope;
      heap[dx + i] = (addDx ? heap[dx + i] : 0) + slope * heap[dy + i];
    }
  },
});

export const examples = elementwiseExamples(leakyRelu, 2e-7, { numbers: { negativeSlope: 0.2 } });
