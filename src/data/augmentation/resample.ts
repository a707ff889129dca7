import type { TensorData } from "../../tensor/tensor";

/** Sizes of one image, channels last: pixel (x, y) begins at `(y · width + x) · channels`. */
export interface ImageSize {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/**
 * What is seen outside an image `a b c d`, as Keras names it: "reflect" `d c b a | a b c d | d c b a`, "constant" the fill
 * value, "nearest" `a a a a | a b c d | d d d d`, "wrap" `a b c d | a b c d | a b c d`.
 */
export type FillMode = "reflect" | "constant" | "nearest" | "wrap";
export const fillModes: readonly FillMode[] = ["reflect", "constant", "nearest", "wrap"];

/** How a value between pixels is made: of the four around it, or the nearest alone. */
export type Interpolation = "bilinear" | "nearest";
export const interpolations: readonly Interpolation[] = ["bilinear", "nearest"];

export interface Sampling {
  readonly interpolation: Interpolation;
  readonly fillMode: FillMode;
  /** What "constant" fills with. */
  readonly fillValue: number;
}

/** Where a pixel (x, y) of the result is found in the source: at (xx·x + xy·y + x0, yx·x + yy·y + y0). */
export interface AffineMap {
  xx: number;
  xy: number;
  x0: number;
  yx: number;
  yy: number;
  y0: number;
}

/** The index inside that stands for i along an axis of n pixels; n itself for the fill value. */
function fold(i: number, n: number, mode: FillMode): number {
  if (i >= 0 && i < n) return i;
  switch (mode) {
    case "constant":
      return n;
    case "nearest":
      return i < 0 ? 0 : n - 1;
    case "wrap":
      return i - n * Math.floor(i / n);
    case "reflect": {
      const inPeriod = i - 2 * n * Math.floor(i / (2 * n));
      return inPeriod < n ? inPeriod : 2 * n - 1 - inPeriod;
    }
  }
}

/**
 * Draws images anew from where an affine map finds them. Values that are not finite spread to their neighbours.
 *
 * The source has a column more on its right and a row more below, both of the fill value. What is seen at any place,
 * inside or outside, is looked up in a table for each axis: one path for all pixels, without a branch.
 */
export class Resampler {
  readonly #source: Float32Array;
  /** Where columns and rows begin in the source, from `-reach` pixels on. */
  readonly #columns: Int32Array;
  readonly #rows: Int32Array;
  /** How far outside a map may lead. */
  readonly #reach: number;

  constructor(
    private readonly size: ImageSize,
    private readonly sampling: Sampling,
  ) {
    const { height, width, channels } = size;
    const stride = (width + 1) * channels;
    // A map moves by at most a whole image and makes it at most twice as small: see drawMap.
    this.#reach = 3 * (width + height) + 2;
    const table = (n: number, step: number) =>
      Int32Array.from({ length: n + 2 * this.#reach }, (_, i) => step * fold(i - this.#reach, n, sampling.fillMode));
    this.#columns = table(width, channels);
    this.#rows = table(height, stride);
    this.#source = new Float32Array((height + 1) * stride).fill(sampling.fillValue);
  }

  /** Fills `target`, an image, from `images` at `offset`, in a single interpolation. */
  resample(images: TensorData, offset: number, target: Float32Array, map: AffineMap): void {
    const { height, width, channels } = this.size;
    const rowLength = width * channels;
    for (let y = 0; y < height; y++) {
      const to = y * (rowLength + channels);
      const from = offset + y * rowLength;
      for (let i = 0; i < rowLength; i++) this.#source[to + i] = images[from + i];
    }
    if (this.sampling.interpolation === "nearest") this.#nearest(target, map);
    else this.#bilinear(target, map);
  }

  #nearest(target: Float32Array, { xx, xy, x0, yx, yy, y0 }: AffineMap): void {
    const { height, width, channels } = this.size;
    const [source, columns, rows] = [this.#source, this.#columns, this.#rows];
    let out = 0;
    for (let y = 0; y < height; y++) {
      const rowX = xy * y + x0 + 0.5 + this.#reach;
      const rowY = yy * y + y0 + 0.5 + this.#reach;
      for (let x = 0; x < width; x++) {
        const pixel = columns[Math.floor(xx * x + rowX) | 0] + rows[Math.floor(yx * x + rowY) | 0];
        for (let channel = 0; channel < channels; channel++) target[out++] = source[pixel + channel];
      }
    }
  }

  #bilinear(target: Float32Array, { xx, xy, x0, yx, yy, y0 }: AffineMap): void {
    const { height, width, channels } = this.size;
    const [source, columns, rows, reach] = [this.#source, this.#columns, this.#rows, this.#reach];
    let out = 0;
    for (let y = 0; y < height; y++) {
      const rowX = xy * y + x0;
      const rowY = yy * y + y0;
      for (let x = 0; x < width; x++) {
        const sourceX = xx * x + rowX;
        const sourceY = yx * x + rowY;
        // V8 needs to be told that these are 32-bit integers.
        const column = Math.floor(sourceX) | 0;
        const row = Math.floor(sourceY) | 0;
        const right = sourceX - column;
        const low = sourceY - row;
        const left = columns[(column + reach) | 0];
        const next = columns[(column + reach + 1) | 0];
        const upper = rows[(row + reach) | 0];
        const lower = rows[(row + reach + 1) | 0];
        for (let channel = 0; channel < channels; channel++) {
          const a = source[upper + left + channel];
          const b = source[lower + left + channel];
          const above = a + right * (source[upper + next + channel] - a);
          const below = b + right * (source[lower + next + channel] - b);
          target[out++] = above + low * (below - above);
        }
      }
    }
  }
}
