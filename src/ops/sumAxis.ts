import { axisExamples, forEachLine } from "./axis";
import { defineOp } from "./op";
import { scalesSums } from "./range";

/**
 * Sums along an axis, times a number: 1 for a sum, 1/length for a mean.
 *
 *     y[o, i] = scale·Σ_l x[o, l, i]        dx[o, l, i] = scale·dy[o, i]
 *     x [outer, length, inner]   y [outer, inner]
 */
export const sumAxis = defineOp({
  name: "sumAxis",
  inputs: ["x"],
  outputs: ["y"],
  range: scalesSums,
  counts: ["outer", "length", "inner"],
  numbers: ["scale"],
  flops: ({ outer, length, inner }) => outer * length * inner,

  forward({ heap }, { x, y, outer, length, inner, scale }) {
    forEachLine(outer, length, inner, (first, result) => {
      let sum = 0;
      for (let l = 0; l < length; l++) sum += heap[x + first + l * inner];
      heap[y + result] = scale * sum;
    });
  },

  backward({ heap }, { dx, addDx, dy, outer, length, inner, scale }) {
    forEachLine(outer, length, inner, (first, result) => {
      for (let l = 0, at = dx + first; l < length; l++, at += inner) {
        heap[at] = (addDx ? heap[at] : 0) + scale * heap[dy + result];
      }
    });
  },
});

// More positive than negative: what errors are relative to does not cancel.
export const examples = axisExamples(sumAxis, {
  tolerance: 4e-7,
  numbers: { scale: 0.3 },
  fill: (uniform) => 2 * uniform - 0.5,
});
