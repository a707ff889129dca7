import { defineOp, type Examples } from "./op";
import { listPoolings, poolingBench, poolingCounts, windowOf } from "./pooling";

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
  counts: poolingCounts,
  saves: ["x", "y"],

  forward({ heap }, row) {
    const { x, y, batch, outHeight, outWidth, channels } = row;
    for (let i = 0; i < batch * outHeight * outWidth * channels; i++) {
      let largest = Number.NEGATIVE_INFINITY;
      for (const at of windowOf(row, i)) {
        const value = heap[x + at];
        if (value > largest || Number.isNaN(value)) largest = value;
      }
      heap[y + i] = largest;
    }
  },

  backward({ heap }, row) {
    const { x, dx, addDx, y, dy, batch, height, width, outHeight, outWidth, channels } = row;
    if (!addDx) heap.fill(0, dx, dx + batch * height * width * channels);
    for (let i = 0; i < batch * outHeight * outWidth * channels; i++) {
      const winner = windowOf(row, i).find((at) => heap[x + at] === heap[y + i]);
      if (winner !== undefined) heap[dx + winner] += heap[dy + i];
    }
  },
});

export const examples: Examples = {
  op: maxPooling2d,
  tolerance: 0,
  // Where windows overlap, gradients are summed.
  gradientTolerance: 4e-7,
  // Every number its own, far from all others: where two are equal there is no derivative.
  sizes: (n) => listPoolings(n).map((example) => ({ ...example, fill: { x: (_, i) => ((i * 37) % 1021) / 512 - 1 } })),
  bench: poolingBench,
};
