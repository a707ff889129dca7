import { biasGradient, overlappingImage } from "./convolution";
import { defineOp, type Examples } from "./op";
import { ANY } from "./range";
import { storeSums } from "./sums";

const counts = [
  "batch",
  "height",
  "width",
  "channels",
  "outHeight",
  "outWidth",
  "multiplier",
  "kernelHeight",
  "kernelWidth",
  "strideY",
  "strideX",
  "padTop",
  "padLeft",
  "dilationY",
  "dilationX",
] as const;

/** Pixels of a row whose contributions to dw are always one segment. */
const SEGMENT_PIXELS = 64;

type Sizes = Readonly<Record<(typeof counts)[number], number>>;

/** Calls `visit` with the pixels of y and of x, and the tap of the kernel between them, for every tap inside the image. */
function forEachTap(s: Sizes, visit: (output: number, input: number, tap: number) => void): void {
  for (let i = 0; i < s.batch * s.outHeight * s.outWidth; i++) {
    const sample = Math.floor(i / (s.outHeight * s.outWidth));
    const top = (Math.floor(i / s.outWidth) % s.outHeight) * s.strideY - s.padTop;
    const left = (i % s.outWidth) * s.strideX - s.padLeft;
    for (let tap = 0; tap < s.kernelHeight * s.kernelWidth; tap++) {
      const y = top + Math.floor(tap / s.kernelWidth) * s.dilationY;
      const x = left + (tap % s.kernelWidth) * s.dilationX;
      if (y < 0 || y >= s.height || x < 0 || x >= s.width) continue;
      visit(i, (sample * s.height + y) * s.width + x, tap);
    }
  }
}

/**
 * A convolution of every channel on its own, with `multiplier` kernels each. Padding counts as 0.
 *
 *     y[i, c·m + j] = Σ_taps x[tap of i, c]·w[tap, c, j] + b[c·m + j]      m: multiplier, j < m
 *     dx[p, c] = Σ_(taps over p, j) dy[i, c·m + j]·w[tap, c, j]            dw[tap, c, j] = Σ_i x[tap of i, c]·dy[i, c·m + j]
 *
 *     x [batch, height, width, channels]                 w [kernelHeight, kernelWidth, channels, multiplier]
 *     y [batch, outHeight, outWidth, channels·m]         b [channels·m], absent without a bias
 */
export const depthwiseConv2d = defineOp({
  name: "depthwiseConv2d",
  inputs: ["x", "w", "b"],
  outputs: ["y"],
  range: ANY,
  tensors: ["workspace"],
  counts,
  saves: ["x", "w"],
  // the sum of a segment of rows, where dw has several, or of a part of dx
  workspace: (s) => {
    const isOneSegment = s.batch * s.outHeight === 1 && s.outWidth <= SEGMENT_PIXELS;
    const ofWeights = isOneSegment ? 0 : s.kernelHeight * s.kernelWidth * s.channels * s.multiplier;
    return Math.max(ofWeights, overlappingImage(s, s.multiplier));
  },
  flops: (s) => 2 * s.batch * s.outHeight * s.outWidth * s.channels * s.multiplier * s.kernelHeight * s.kernelWidth,

  forward({ heap }, row) {
    const { x, w, b, y, channels, multiplier, batch, outHeight, outWidth } = row;
    const filters = channels * multiplier;
    storeSums(heap, y, 0, batch * outHeight * outWidth * filters, (sums) => {
      if (b) for (let i = 0; i < sums.length; i++) sums[i] = heap[b + (i % filters)];
      forEachTap(row, (output, input, tap) => {
        for (let f = 0; f < filters; f++) {
          const value = heap[x + input * channels + Math.floor(f / multiplier)];
          sums[output * filters + f] += value * heap[w + tap * filters + f];
        }
      });
    });
  },

  backward({ heap }, row) {
    const { x, dx, addDx, w, dw, addDw, dy, channels, multiplier } = row;
    const filters = channels * multiplier;
    biasGradient(heap, row, [row.batch * row.outHeight * row.outWidth, filters]);
    const inputOf = (input: number, f: number) => input * channels + Math.floor(f / multiplier);
    storeSums(heap, dw, addDw, row.kernelHeight * row.kernelWidth * filters, (sums) => {
      forEachTap(row, (output, input, tap) => {
        for (let f = 0; f < filters; f++) {
          sums[tap * filters + f] += heap[x + inputOf(input, f)] * heap[dy + output * filters + f];
        }
      });
    });
    storeSums(heap, dx, addDx, row.batch * row.height * row.width * channels, (sums) => {
      forEachTap(row, (output, input, tap) => {
        for (let f = 0; f < filters; f++) {
          sums[inputOf(input, f)] += heap[dy + output * filters + f] * heap[w + tap * filters + f];
        }
      });
    });
  },
});

/** Strides, dilation and padding before are [vertical, horizontal]; the outputs follow from the padding behind. */
export function depthwiseExample(
  [batch, height, width, channels]: [number, number, number, number],
  [kernelHeight, kernelWidth, multiplier]: [number, number, number],
  [outHeight, outWidth]: [number, number],
  more: Partial<Sizes> & { useBias?: boolean } = {},
) {
  const { useBias = true, ...given } = more;
  const shapes = {
    x: [batch, height, width, channels],
    w: [kernelHeight, kernelWidth, channels, multiplier],
    y: [batch, outHeight, outWidth, channels * multiplier],
  };
  const sizes = { batch, height, width, channels, outHeight, outWidth, multiplier, kernelHeight, kernelWidth };
  const steps = { strideY: 1, strideX: 1, padTop: 0, padLeft: 0, dilationY: 1, dilationX: 1 };
  return {
    shapes: useBias ? { ...shapes, b: [channels * multiplier] } : shapes,
    counts: { ...sizes, ...steps, ...given },
  };
}

export const examples: Examples = {
  op: depthwiseConv2d,
  tolerance: 2e-6,
  gradientTolerance: 5e-6,
  sizes: (n) => [
    depthwiseExample([2, 5, 6, n], [3, 3, 1], [5, 6], { padTop: 1, padLeft: 1 }),
    depthwiseExample([2, n, 4, 8], [3, 3, 1], [n + 1, 3], { padTop: 2, padLeft: 1 }),
    depthwiseExample([1, 4, n, 4], [3, 3, 1], [2, n + 4], { padLeft: 3, useBias: false }),
    depthwiseExample([3, 4, n, 3], [2, 1, 1], [3, n], { useBias: false }),
    depthwiseExample([2, 6, 5, n], [3, 2, 1], [3, 2], { padTop: 1, strideY: 2, strideX: 2 }),
    depthwiseExample([1, 7, 6, n], [3, 2, 2], [5, 5], { padTop: 1, padLeft: 1, dilationY: 2, dilationX: 3 }),
    depthwiseExample([2, 4, 4, 4], [3, 3, n], [4, 4], { padTop: 1, padLeft: 1 }),
    // so many channels that a row of pixels is taken in blocks of four
    depthwiseExample([1, 2, n, 512], [3, 3, 1], [2, n], { padTop: 1, padLeft: 1, useBias: false }),
  ],
  bench: depthwiseExample([32, 28, 28, 64], [3, 3, 1], [28, 28], { padTop: 1, padLeft: 1 }),
};
