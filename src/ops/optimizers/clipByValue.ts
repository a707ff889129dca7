import { defineOp } from "../op";
import { updateExamples } from "./updateExamples";

/**
 * Limits every element of a gradient.
 *
 *     g = min(max(g, −limit), limit)
 */
export const clipByValue = defineOp({
  name: "clipByValue",
  tensors: ["g"],
  counts: ["count"],
  numbers: ["limit"],

  forward({ heap }, { g, count, limit }) {
    for (let i = 0; i < count; i++) {
      // Written so that NaN stays NaN.
      if (heap[g + i] < -limit) heap[g + i] = -limit;
      else if (heap[g + i] > limit) heap[g + i] = limit;
    }
  },
});

export const examples = updateExamples(
  clipByValue,
  { limit: 0.5 },
  { g: (uniform, i) => (i === 0 ? 2 : 2 * uniform - 1) },
  { tolerance: 0 },
);
