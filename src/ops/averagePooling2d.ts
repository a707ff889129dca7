import { defineOp, type Examples } from "./op";
import { listPoolings, poolingBench, poolingCounts, poolingWorkspace, windowOf } from "./pooling";
import { keepsRange } from "./range";
import { storeSums } from "./sums";

/**
 * The mean of each window, channel by channel. Padding does not exist: it does not count.
 *
 *     y = Σ x / n                               x [batch, height, width, channels]
 *     dx = dy / n at every x of the window      y [batch, outHeight, outWidth, channels]
 *
 * n: numbers of the window that lie in the image.
 */
export const averagePooling2d = defineOp({
  name: "averagePooling2d",
  inputs: ["x"],
  outputs: ["y"],
  range: keepsRange,
  tensors: ["workspace"],
  counts: poolingCounts,
  workspace: poolingWorkspace,

  forward({ heap }, row) {
    const { x, y, batch, outHeight, outWidth, channels } = row;
    for (let i = 0; i < batch * outHeight * outWidth * channels; i++) {
      const window = windowOf(row, i);
      let sum = 0;
      for (const at of window) sum += heap[x + at];
      heap[y + i] = sum / window.length;
    }
  },

  backward({ heap }, row) {
    const { dx, addDx, dy, batch, height, width, outHeight, outWidth, channels } = row;
    storeSums(heap, dx, addDx, batch * height * width * channels, (sums) => {
      for (let i = 0; i < batch * outHeight * outWidth * channels; i++) {
        const window = windowOf(row, i);
        for (const at of window) sums[at] += heap[dy + i] / window.length;
      }
    });
  },
});

export const examples: Examples = {
  op: averagePooling2d,
  tolerance: 2e-6,
  sizes: listPoolings,
  bench: poolingBench,
};
