import { defineOp, type Examples } from "./op";
import { keepsRange } from "./range";

/**
 * Zeros around images: y[top + i, left + j] = x[i, j], 0 elsewhere.
 *
 *     dx[i, j] = dy[top + i, left + j]
 *
 *     x [batch, height, width, channels]       y [batch, outHeight, outWidth, channels]
 */
export const zeroPadding2d = defineOp({
  name: "zeroPadding2d",
  inputs: ["x"],
  outputs: ["y"],
  range: ([x]) => keepsRange([x, [0, 0]]),
  counts: ["batch", "height", "width", "channels", "outHeight", "outWidth", "top", "left"],

  forward({ heap }, { x, y, batch, height, width, channels, outHeight, outWidth, top, left }) {
    heap.fill(0, y, y + batch * outHeight * outWidth * channels);
    for (let row = 0; row < batch * height; row++) {
      const padded = Math.floor(row / height) * outHeight + top + (row % height);
      const from = x + row * width * channels;
      const to = y + (padded * outWidth + left) * channels;
      for (let k = 0; k < width * channels; k++) heap[to + k] = heap[from + k];
    }
  },

  backward({ heap }, { dx, addDx, dy, batch, height, width, channels, outHeight, outWidth, top, left }) {
    for (let row = 0; row < batch * height; row++) {
      const padded = Math.floor(row / height) * outHeight + top + (row % height);
      const to = dx + row * width * channels;
      const from = dy + (padded * outWidth + left) * channels;
      for (let k = 0; k < width * channels; k++) heap[to + k] = (addDx ? heap[to + k] : 0) + heap[from + k];
    }
  },
});

function example(batch: number, height: number, width: number, channels: number, [top, bottom, left, right]: number[]) {
  const [outHeight, outWidth] = [height + top + bottom, width + left + right];
  return {
    shapes: { x: [batch, height, width, channels], y: [batch, outHeight, outWidth, channels] },
    counts: { batch, height, width, channels, outHeight, outWidth, top, left },
  };
}

export const examples: Examples = {
  op: zeroPadding2d,
  tolerance: 0,
  sizes: (n) => [
    example(2, 3, 4, n, [1, 2, 3, 0]),
    example(1, n, 3, 2, [0, 1, 0, 0]),
    example(3, 2, n, 1, [2, 0, 1, 1]),
    example(2, 2, 3, n, [0, 0, 0, 0]),
  ],
  bench: example(32, 28, 28, 32, [1, 1, 1, 1]),
};
