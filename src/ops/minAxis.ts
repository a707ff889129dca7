import { extremeBackward, extremeExamples, extremeForward } from "./extreme";
import { defineOp } from "./op";
import { keepsRange } from "./range";

/**
 * The smallest number along an axis; NaN when there is one.
 *
 *     y[o, i] = min_l x[o, l, i]        dx[o, l, i] = x[o, l, i] = y[o, i] ? dy[o, i]/n : 0
 *     x [outer, length, inner]   y [outer, inner]
 *
 * n numbers along the axis are as smallest as y and share its gradient. Where y is NaN, those that are NaN do.
 */
export const minAxis = defineOp({
  name: "minAxis",
  inputs: ["x"],
  outputs: ["y"],
  range: keepsRange,
  counts: ["outer", "length", "inner"],
  saves: ["x", "y"],
  flops: ({ outer, length, inner }) => outer * length * inner,

  forward(memory, row) {
    extremeForward(memory, row, Math.min);
  },

  backward(memory, row) {
    extremeBackward(memory, row);
  },
});

export const examples = extremeExamples(minAxis);
