import { normalQuantile } from "../../numeric/normalQuantile";
import { randomBits, uniform } from "../../numeric/random";
import { draws, drawWithin } from "./draws";
import type { AxisIntervals, Interval } from "./options";
import type { ImageSize } from "./resample";

/** value ← mean + c · (value − mean), with the mean of each channel over the image, as Keras has it. */
export function changeContrast(image: Float32Array, { channels }: ImageSize, factor: Interval, key: number): void {
  const contrast = 1 + drawWithin(factor, key, draws.contrast);
  for (let channel = 0; channel < channels; channel++) {
    let sum = 0;
    for (let i = channel; i < image.length; i += channels) sum += image[i];
    const mean = (sum * channels) / image.length;
    for (let i = channel; i < image.length; i += channels) image[i] = mean + contrast * (image[i] - mean);
  }
}

const NORMAL_BITS = 14;
const NORMAL_COUNT = 1 << NORMAL_BITS;
let normals: Float32Array | undefined;

/** The quantiles of the normal distribution in the middle of 2¹⁴ equal shares: mean 0, variance 1 − 9e-5, within ±4.02. */
function normalNumbers(): Float32Array {
  normals ??= Float32Array.from({ length: NORMAL_COUNT }, (_, i) => normalQuantile((i + 0.5) / NORMAL_COUNT));
  return normals;
}

/** Adds independent normal numbers. A table gives two for one random number, ten times as fast as two exact quantiles. */
export function addNoise(image: Float32Array, deviation: number, key: number): void {
  const numbers = normalNumbers();
  for (let i = 0; i < image.length; i += 2) {
    const bits = randomBits(key, draws.noise + (i >> 1));
    image[i] += deviation * numbers[bits >>> (32 - NORMAL_BITS)];
    if (i + 1 < image.length) image[i + 1] += deviation * numbers[bits & (NORMAL_COUNT - 1)];
  }
}

/** Keeps values between bounds. NaN stays. */
export function clip(image: Float32Array, [lower, upper]: Interval): void {
  for (let i = 0; i < image.length; i++) {
    if (image[i] < lower) image[i] = lower;
    else if (image[i] > upper) image[i] = upper;
  }
}

/**
 * Covers a rectangle. Its centre is any pixel of the image, so it may be cut off at the borders, as in DeVries and Taylor,
 * "Improved Regularization of Convolutional Neural Networks with Cutout" (2017).
 */
export function cutOut(
  image: Float32Array,
  { height, width, channels }: ImageSize,
  { height: heightShare, width: widthShare }: AxisIntervals,
  value: number,
  key: number,
): void {
  const shareY = drawWithin(heightShare, key, draws.cutoutHeight);
  const shareX = widthShare ? drawWithin(widthShare, key, draws.cutoutWidth) : shareY;
  const rows = Math.round(height * shareY);
  const columns = Math.round(width * shareX);
  const top = drawStart(height, rows, key, draws.cutoutRow);
  const left = drawStart(width, columns, key, draws.cutoutColumn);
  const start = Math.max(0, left);
  const end = Math.max(start, Math.min(width, left + columns));
  for (let y = Math.max(0, top); y < Math.min(height, top + rows); y++) {
    image.fill(value, (y * width + start) * channels, (y * width + end) * channels);
  }
}

/** Where a run of so many pixels begins that has any pixel of an axis in its middle. */
function drawStart(axis: number, covered: number, key: number, index: number): number {
  return Math.floor(axis * uniform(key, index)) - (covered >> 1);
}
