import { defineOp, type Examples } from "./op";
import { keepsRange } from "./range";
import { storeSums } from "./sums";

/**
 * Larger images by repetition: every pixel becomes a block of `sizeY` × `sizeX`.
 *
 *     y[i, j] = x[i / sizeY, j / sizeX], rounded down      dx = Σ dy over the block
 *
 *     x [batch, height, width, channels]       y [batch, height·sizeY, width·sizeX, channels]
 */
export const upSampling2d = defineOp({
  name: "upSampling2d",
  inputs: ["x"],
  outputs: ["y"],
  range: keepsRange,
  counts: ["batch", "height", "width", "channels", "sizeY", "sizeX"],

  forward({ heap }, { x, y, batch, height, width, channels, sizeY, sizeX }) {
    const outWidth = width * sizeX;
    for (let i = 0; i < batch * height * sizeY * outWidth; i++) {
      const row = Math.floor(Math.floor(i / outWidth) / sizeY);
      const column = Math.floor((i % outWidth) / sizeX);
      for (let k = 0; k < channels; k++) heap[y + i * channels + k] = heap[x + (row * width + column) * channels + k];
    }
  },

  backward({ heap }, { dx, addDx, dy, batch, height, width, channels, sizeY, sizeX }) {
    const outWidth = width * sizeX;
    storeSums(heap, dx, addDx, batch * height * width * channels, (sums) => {
      for (let i = 0; i < batch * height * sizeY * outWidth; i++) {
        const row = Math.floor(Math.floor(i / outWidth) / sizeY);
        const column = Math.floor((i % outWidth) / sizeX);
        for (let k = 0; k < channels; k++) sums[(row * width + column) * channels + k] += heap[dy + i * channels + k];
      }
    });
  },
});

function example(batch: number, height: number, width: number, channels: number, sizeY: number, sizeX: number) {
  return {
    shapes: { x: [batch, height, width, channels], y: [batch, height * sizeY, width * sizeX, channels] },
    counts: { batch, height, width, channels, sizeY, sizeX },
  };
}

export const examples: Examples = {
  op: upSampling2d,
  tolerance: 0,
  // The gradient is a sum over the block.
  gradientTolerance: 4e-7,
  sizes: (n) => [
    example(2, 3, 4, n, 2, 2),
    example(1, n, 3, 2, 1, 3),
    example(3, 2, n, 5, 3, 1),
    example(2, 1, 2, n, 1, 1),
  ],
  bench: example(32, 14, 14, 32, 2, 2),
};
