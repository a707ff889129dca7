import { expm1 } from "../numeric/elementary";
import { elementwiseExamples } from "./elementwise";
import { defineOp } from "./op";

/**
 * Exponential linear unit, alpha ≥ 0 (Clevert et al. 2015).
 *
 *     y = x > 0 ? x : alpha·(eˣ − 1)        dx = dy · (y > 0 ? 1 : y + alpha)
 */
export const elu = defineOp({
  name: "elu",
  inputs: ["x"],
  outputs: ["y"],
  range: ([[low, high]], { alpha }) => [low < 0 ? -alpha : low, Math.max(high, 0)],
  counts: ["count"],
  numbers: ["alpha"],
  saves: ["y"],
  inPlace: true,

  forward({ heap }, { x, y, count, alpha }) {
    for (let i = 0; i < count; i++) {
      heap[y + i] = heap[x + i] > 0 ? heap[x + i] : alpha * expm1(heap[x + i]);
    }
  },

  backward({ heap }, { dx, addDx, y, dy, count, alpha }) {
    for (let i = 0; i < count; i++) {
      const slope = heap[y + i] > 0 ? 1 : heap[y + i] + alpha;
      heap[dx + i] = (addDx ? heap[dx + i] : 0) + slope * heap[dy + i];
    }
  },
});

export const examples = elementwiseExamples(elu, 4e-7, { from: -8, numbers: { alpha: 0.7 } });
