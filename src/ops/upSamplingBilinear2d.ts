import { defineOp, type Examples } from "./op";
import { keepsRange } from "./range";
import { storeSums } from "./sums";

/**
 * Larger images by linear interpolation in both directions. Pixels are squares of side 1: the center of output pixel i
 * lies at (i + ½)/size − ½ of the input, beyond whose outermost centers nothing changes.
 *
 *     y[i, j] = Σ_(p, q) a[i, p]·b[j, q]·x[p, q]          dx[p, q] = Σ_(i, j) a[i, p]·b[j, q]·dy[i, j]
 *
 *     x [batch, height, width, channels]       y [batch, height·sizeY, width·sizeX, channels]
 *
 * Of each row of a and of b, at most two neighbours are not 0; they add up to 1.
 */
export const upSamplingBilinear2d = defineOp({
  name: "upSamplingBilinear2d",
  inputs: ["x"],
  outputs: ["y"],
  range: keepsRange,
  counts: ["batch", "height", "width", "channels", "sizeY", "sizeX"],
  flops: ({ batch, height, width, channels, sizeY, sizeX }) => 7 * batch * height * sizeY * width * sizeX * channels,

  forward({ heap }, { x, y, batch, height, width, channels, sizeY, sizeX }) {
    const outWidth = width * sizeX;
    for (let i = 0; i < batch * height * sizeY * outWidth; i++) {
      const corners = cornersOf(i, { height, width, sizeY, sizeX });
      for (let k = 0; k < channels; k++) {
        let sum = 0;
        for (const { pixel, weight } of corners) sum += weight * heap[x + pixel * channels + k];
        heap[y + i * channels + k] = sum;
      }
    }
  },

  backward({ heap }, { dx, addDx, dy, batch, height, width, channels, sizeY, sizeX }) {
    storeSums(heap, dx, addDx, batch * height * width * channels, (sums) => {
      for (let i = 0; i < batch * height * sizeY * width * sizeX; i++) {
        for (const { pixel, weight } of cornersOf(i, { height, width, sizeY, sizeX })) {
          for (let k = 0; k < channels; k++) sums[pixel * channels + k] += weight * heap[dy + i * channels + k];
        }
      }
    });
  },
});

/** The two neighbours of an output along one axis: the first, how far the second is, and the second's weight. */
function neighbours(index: number, size: number, factor: number) {
  const center = Math.min(Math.max((index + 0.5) / factor - 0.5, 0), size - 1);
  const first = Math.floor(center);
  return { first, second: Math.min(first + 1, size - 1), weight: center - first };
}

/** The four pixels of x around output pixel i, with their weights. */
function cornersOf(i: number, { height, width, sizeY, sizeX }: Record<"height" | "width" | "sizeY" | "sizeX", number>) {
  const outWidth = width * sizeX;
  const row = Math.floor(i / outWidth);
  const sample = Math.floor(row / (height * sizeY));
  const down = neighbours(row % (height * sizeY), height, sizeY);
  const across = neighbours(i % outWidth, width, sizeX);
  const above = (sample * height + down.first) * width;
  const below = (sample * height + down.second) * width;
  return [
    { pixel: above + across.first, weight: (1 - down.weight) * (1 - across.weight) },
    { pixel: above + across.second, weight: (1 - down.weight) * across.weight },
    { pixel: below + across.first, weight: down.weight * (1 - across.weight) },
    { pixel: below + across.second, weight: down.weight * across.weight },
  ];
}

function example(batch: number, height: number, width: number, channels: number, sizeY: number, sizeX: number) {
  return {
    shapes: { x: [batch, height, width, channels], y: [batch, height * sizeY, width * sizeX, channels] },
    counts: { batch, height, width, channels, sizeY, sizeX },
  };
}

export const examples: Examples = {
  op: upSamplingBilinear2d,
  tolerance: 1e-6,
  sizes: (n) => [
    example(2, 3, 4, n, 2, 2),
    example(1, n, 3, 2, 1, 3),
    example(3, 2, n, 5, 4, 1),
    example(2, 1, 2, n, 3, 2),
  ],
  bench: example(32, 14, 14, 32, 2, 2),
};
