import { defineOp, type Examples } from "./op";
import {
  listDistinctPoolings,
  passToLargest,
  poolingBench,
  poolingCounts,
  poolingWorkspace,
  takeLargest,
} from "./pooling";
import { rectifies } from "./range";

/**
 * `relu`, then `maxPooling2d`, without the rectified image between them.
 *
 *     y = max(0, max over the window of x)                    x [batch, height, width, channels]
 *     dx = dy at the window's first largest, where y > 0      y [batch, outHeight, outWidth, channels]
 *
 * NaN wins, and passes no gradient on.
 */
export const reluMaxPooling2d = defineOp({
  name: "reluMaxPooling2d",
  inputs: ["x"],
  outputs: ["y"],
  range: rectifies(0),
  tensors: ["workspace"],
  counts: poolingCounts,
  workspace: poolingWorkspace,
  saves: ["x", "y"],

  forward(memory, row) {
    takeLargest(memory, row, 0);
  },

  backward(memory, row) {
    passToLargest(memory, row, (y) => y > 0);
  },
});

export const examples: Examples = {
  op: reluMaxPooling2d,
  tolerance: 0,
  // Where windows overlap, gradients are summed.
  gradientTolerance: 4e-7,
  sizes: listDistinctPoolings,
  bench: poolingBench,
};
