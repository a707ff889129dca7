import type { Example, Memory } from "./op";
import { FEW_NUMBERS, overlap, storeSums } from "./sums";

/** How windows move over images [batch, height, width, channels]; the first begins at (−padTop, −padLeft). */
export const poolingCounts = [
  "batch",
  "height",
  "width",
  "channels",
  "outHeight",
  "outWidth",
  "poolHeight",
  "poolWidth",
  "strideY",
  "strideX",
  "padTop",
  "padLeft",
] as const;

export type Pooling = Readonly<Record<(typeof poolingCounts)[number], number>>;

/** The numbers of one channel that the window of output `index` covers: from where they stand in x, row by row. */
export function windowOf(p: Pooling, index: number): number[] {
  const { height, width, channels, outHeight, outWidth } = p;
  const channel = index % channels;
  const pixel = (index - channel) / channels;
  const sample = Math.floor(pixel / (outHeight * outWidth));
  const top = (Math.floor(pixel / outWidth) % outHeight) * p.strideY - p.padTop;
  const left = (pixel % outWidth) * p.strideX - p.padLeft;
  const inside: number[] = [];
  for (let y = Math.max(top, 0); y < Math.min(top + p.poolHeight, height); y++) {
    for (let x = Math.max(left, 0); x < Math.min(left + p.poolWidth, width); x++) {
      inside.push(((sample * height + y) * width + x) * channels + channel);
    }
  }
  return inside;
}

/** float32 elements of scratch memory: the gradients of a sample, where so many windows overlap that they are added in parts. */
export function poolingWorkspace(p: Pooling): number {
  const windows = overlap(p.poolHeight, p.strideY, p.outHeight) * overlap(p.poolWidth, p.strideX, p.outWidth);
  return windows > FEW_NUMBERS ? p.height * p.width * p.channels : 0;
}

/** y = the largest number of each window, at least `lowest`. NaN wins. */
export function takeLargest({ heap }: Memory, row: Pooling & { x: number; y: number }, lowest: number): void {
  const { x, y, batch, outHeight, outWidth, channels } = row;
  for (let i = 0; i < batch * outHeight * outWidth * channels; i++) {
    let largest = lowest;
    for (const at of windowOf(row, i)) {
      const value = heap[x + at];
      if (value > largest || Number.isNaN(value)) largest = value;
    }
    heap[y + i] = largest;
  }
}

/** dx (=|+=) dy at the first of the numbers in the window that equal y, where y `isPassed`. */
export function passToLargest(
  { heap }: Memory,
  row: Pooling & Record<"x" | "dx" | "addDx" | "y" | "dy", number>,
  isPassed: (y: number) => boolean,
): void {
  const { x, dx, addDx, y, dy, batch, height, width, outHeight, outWidth, channels } = row;
  storeSums(heap, dx, addDx, batch * height * width * channels, (sums) => {
    for (let i = 0; i < batch * outHeight * outWidth * channels; i++) {
      const winner = windowOf(row, i).find((at) => heap[x + at] === heap[y + i]);
      if (winner !== undefined && isPassed(heap[y + i])) sums[winner] += heap[dy + i];
    }
  });
}

type Triple = [number, number, number];
type Pair = [number, number];

/** An example; padding is above and to the left, and as much as the windows need on the other sides. */
function poolingExample([batch, [height, width, channels], pool, strides, pads, outs]: [
  number,
  Triple,
  Pair,
  Pair,
  Pair,
  Pair,
]): Example {
  const [[poolHeight, poolWidth], [strideY, strideX], [padTop, padLeft], [outHeight, outWidth]] = [
    pool,
    strides,
    pads,
    outs,
  ];
  const sizes = { batch, height, width, channels, outHeight, outWidth, poolHeight, poolWidth };
  return {
    shapes: { x: [batch, height, width, channels], y: [batch, outHeight, outWidth, channels] },
    counts: { ...sizes, strideY, strideX, padTop, padLeft },
  };
}

/** Awkward windows: disjoint, overlapping, padded, with gaps, the whole image. */
export function listPoolings(n: number): Example[] {
  return [
    poolingExample([2, [5, 7, n], [2, 2], [2, 2], [0, 0], [2, 3]]),
    poolingExample([3, [6, 5, n], [3, 3], [2, 2], [1, 1], [3, 3]]),
    poolingExample([2, [4, n, 3], [2, 4], [1, 1], [0, 1], [4, n]]),
    poolingExample([1, [7, 7, 5], [1, 2], [3, 3], [0, 0], [3, 2]]),
    poolingExample([2, [3, n, 6], [3, n], [1, 1], [0, 0], [1, 1]]),
  ];
}

/** The same with every number its own, far from all others and from 0: where two are equal there is no derivative. */
export function listDistinctPoolings(n: number): Example[] {
  return listPoolings(n).map((example) => ({ ...example, fill: { x: (_, i) => ((i * 37) % 1021) / 512 - 0.9985 } }));
}

/** A layer of a convolutional network. */
export const poolingBench = poolingExample([32, [28, 28, 32], [2, 2], [2, 2], [0, 0], [14, 14]]);
