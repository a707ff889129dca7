import { defineOp, type Examples } from "./op";
import {
  listDistinctPoolings,
  passToLargest,
  poolingBench,
  poolingCounts,
  poolingWorkspace,
  takeLargest,
} from "./pooling";
import { keepsRange } from "./range";

/**
 * The largest number of each window, channel by channel. Padding does not exist: it never wins.
 *
 *     y = max over the window of x              x [batch, height, width, channels]
 *     dx = dy at the window's first largest     y [batch, outHeight, outWidth, channels]
 *
 * The first is that in the uppermost row, there the leftmost. NaN wins, and passes no gradient on.
 */
export const maxPooling2d = defineOp({
  name: "maxPooling2d",
  inputs: ["x"],
  outputs: ["y"],
  range: keepsRange,
  tensors: ["workspace"],
  counts: poolingCounts,
  workspace: poolingWorkspace,
  saves: ["x", "y"],

  forward(memory, row) {
    takeLargest(memory, row, Number.NEGATIVE_INFINITY);
  },

  backward(memory, row) {
    passToLargest(memory, row, () => true);
  },
});

export const examples: Examples = {
  op: maxPooling2d,
  tolerance: 0,
  // Where windows overlap, gradients are summed.
  gradientTolerance: 4e-7,
  sizes: listDistinctPoolings,
  bench: poolingBench,
};
