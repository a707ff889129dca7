import { elementwiseExamples } from "./elementwise";
import { defineOp } from "./op";

/**
 * Brings numbers to another range.
 *
 *     y = scale·x + offset        dx = scale·dy
 */
export const rescaling = defineOp({
  name: "rescaling",
  inputs: ["x"],
  outputs: ["y"],
  range([[low, high]], { scale, offset }) {
    const ends = [(low * scale || 0) + offset, (high * scale || 0) + offset];
    return [Math.min(...ends), Math.max(...ends)];
  },
  counts: ["count"],
  numbers: ["scale", "offset"],
  inPlace: true,

  forward({ heap }, { x, y, count, scale, offset }) {
    for (let i = 0; i < count; i++) heap[y + i] = scale * heap[x + i] + offset;
  },

  backward({ heap }, { dx, addDx, dy, count, scale }) {
    for (let i = 0; i < count; i++) heap[dx + i] = (addDx ? heap[dx + i] : 0) + scale * heap[dy + i];
  },
});

export const examples = elementwiseExamples(rescaling, 2e-7, {
  numbers: { scale: 0.3, offset: 0.1 },
  from: 0,
});
