import { joinExamples } from "../joinExamples";
import { defineOp } from "../op";
import { updateExamples } from "./updateExamples";

/**
 * Shortens a gradient that is longer than `limit`. Over the range of one weight this is `clipNorm`, over the whole vector
 * `globalClipNorm`. The norm is summed in float64.
 *
 *     n = √Σg²        g *= limit / max(n, limit)
 */
export const clipByNorm = defineOp({
  name: "clipByNorm",
  tensors: ["g"],
  counts: ["count"],
  numbers: ["limit"],

  forward({ heap }, { g, count, limit }) {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += heap[g + i] * heap[g + i];
    const norm = Math.sqrt(sum);
    if (norm <= limit) return;
    const scale = limit / norm;
    for (let i = 0; i < count; i++) heap[g + i] *= scale;
  },
});

export const examples = joinExamples(
  updateExamples(clipByNorm, { limit: 0.25 }, {}),
  updateExamples(clipByNorm, { limit: 1e6 }, {}),
);
