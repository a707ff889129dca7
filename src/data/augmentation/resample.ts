/** Sizes of one image, channels last: pixel (x, y) begins at `(y · width + x) · channels`. */
export interface ImageSize {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** What is seen outside an image; `d c b a | a b c d | d c b a` is "reflect", as in Keras. */
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

/** The pixel inside that stands for one outside along an axis of n pixels; −1 when the fill value does. */
function fold(i: number, n: number, mode: FillMode): number {
  if (i >= 0 && i < n) return i;
  switch (mode) {
    case "constant":
      return -1;
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
 * Draws images anew from where an affine map finds them, which must be within 2³¹ pixels of the image. Values that are
 * not finite spread to their neighbours.
 */
export class Resampler {
  constructor(
    private readonly size: ImageSize,
    private readonly sampling: Sampling,
  ) {}

  /** Fills `target` from `source`, both of one image, in a single interpolation. */
  resample(source: Float32Array, target: Float32Array, map: AffineMap): void {
    if (this.sampling.interpolation === "nearest") this.nearest(source, target, map);
    else this.bilinear(source, target, map);
  }

  private nearest(source: Float32Array, target: Float32Array, { xx, xy, x0, yx, yy, y0 }: AffineMap): void {
    const { height, width, channels } = this.size;
    let out = 0;
    for (let y = 0; y < height; y++) {
      const rowX = xy * y + x0 + 0.5;
      const rowY = yy * y + y0 + 0.5;
      for (let x = 0; x < width; x++) {
        const pixel = this.pixel(Math.floor(xx * x + rowX), Math.floor(yx * x + rowY));
        for (let channel = 0; channel < channels; channel++) target[out++] = this.value(source, pixel, channel);
      }
    }
  }

  /** `| 0` and `>>> 0` tell V8 that these are 32-bit integers: half of the time of this loop. */
  private bilinear(source: Float32Array, target: Float32Array, { xx, xy, x0, yx, yy, y0 }: AffineMap): void {
    const { height, width, channels } = this.size;
    const rowStride = width * channels;
    let out = 0;
    for (let y = 0; y < height; y++) {
      const rowX = xy * y + x0;
      const rowY = yy * y + y0;
      for (let x = 0; x < width; x++, out += channels) {
        const sourceX = xx * x + rowX;
        const sourceY = yx * x + rowY;
        const left = Math.floor(sourceX) | 0;
        const top = Math.floor(sourceY) | 0;
        const right = sourceX - left;
        const low = sourceY - top;
        // Of a negative number >>> 0 makes a large one.
        if (left >>> 0 < width - 1 && top >>> 0 < height - 1) {
          const pixel = (Math.imul(top, rowStride) + Math.imul(left, channels)) | 0;
          for (let channel = 0; channel < channels; channel++) {
            const i = (pixel + channel) | 0;
            const j = (i + rowStride) | 0;
            const upper = source[i] + right * (source[i + channels] - source[i]);
            const lower = source[j] + right * (source[j + channels] - source[j]);
            target[out + channel] = upper + low * (lower - upper);
          }
        } else this.atBorder(source, target, out, left, top, right, low);
      }
    }
  }

  /** One pixel of the result, of whose four sources some lie outside. */
  private atBorder(
    source: Float32Array,
    target: Float32Array,
    out: number,
    left: number,
    top: number,
    right: number,
    low: number,
  ): void {
    const upperLeft = this.pixel(left, top);
    const upperRight = this.pixel(left + 1, top);
    const lowerLeft = this.pixel(left, top + 1);
    const lowerRight = this.pixel(left + 1, top + 1);
    for (let channel = 0; channel < this.size.channels; channel++) {
      const a = this.value(source, upperLeft, channel);
      const upper = a + right * (this.value(source, upperRight, channel) - a);
      const b = this.value(source, lowerLeft, channel);
      const lower = b + right * (this.value(source, lowerRight, channel) - b);
      target[out + channel] = upper + low * (lower - upper);
    }
  }

  /** Where the pixel begins that is seen at (x, y), inside or outside; −1 for the fill value. */
  private pixel(x: number, y: number): number {
    const { height, width, channels } = this.size;
    const { fillMode } = this.sampling;
    const column = fold(x, width, fillMode);
    const row = fold(y, height, fillMode);
    return column < 0 || row < 0 ? -1 : (row * width + column) * channels;
  }

  private value(source: Float32Array, pixel: number, channel: number): number {
    return pixel < 0 ? this.sampling.fillValue : source[pixel + channel];
  }
}
