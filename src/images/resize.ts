import type { Channels } from "./pixels";

/**
 * How values are made of those around them. Along an axis of n pixels that become m, a new pixel i has its middle at
 * c = (i + 1/2) n / m of the old ones, and each of these counts by
 *
 *     "bilinear"  max(0, 1 - |j + 1/2 - c| / s), with s = max(1, n / m): a triangle that grows when the image shrinks (antialias)
 *     "area"      the part of it between i n / m and (i + 1) n / m: the mean of what the new pixel covers
 *     "nearest"   only the one that c lies in
 *
 * divided by the sum of all. The first is PIL's BILINEAR and TensorFlow's with antialias, the second OpenCV's INTER_AREA.
 */
export type ImageInterpolation = "bilinear" | "area" | "nearest";
export const imageInterpolations: readonly ImageInterpolation[] = ["bilinear", "area", "nearest"];

/** A part of an image: where it begins and how large it is. */
export interface Part {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

/** For each new pixel of an axis the first old one that counts, and what each from there on counts. */
interface AxisWeights {
  readonly starts: Int32Array;
  readonly weights: readonly Float64Array[];
}

function axisWeights(from: number, to: number, interpolation: ImageInterpolation): AxisWeights {
  const scale = from / to;
  const starts = new Int32Array(to);
  const weights = Array.from({ length: to }, (_, i) => {
    const middle = (i + 0.5) * scale;
    const reach = interpolation === "bilinear" ? Math.max(1, scale) : scale / 2;
    const isNearest = interpolation === "nearest";
    const first = isNearest ? Math.min(from - 1, Math.floor(middle)) : Math.max(0, Math.floor(middle - reach));
    const last = isNearest ? first : Math.min(from - 1, Math.ceil(middle + reach) - 1);
    const row = Float64Array.from({ length: last - first + 1 }, (_, k) => {
      const j = first + k;
      if (isNearest) return 1;
      if (interpolation === "bilinear") return Math.max(0, 1 - Math.abs(j + 0.5 - middle) / reach);
      return Math.max(0, Math.min(j + 1, (i + 1) * scale) - Math.max(j, i * scale));
    });
    starts[i] = first;
    const sum = row.reduce((total, weight) => total + weight, 0);
    return row.map((weight) => weight / sum);
  });
  return { starts, weights };
}

/**
 * A part of an image in another size, rounded once at the end. Colours count by their alpha where there is one, so that what cannot
 * be seen does not shine through.
 *
 * @param source `[height, imageWidth, channels]`
 * @returns `[height, width, channels]`
 */
export function resize(
  source: Uint8Array,
  imageWidth: number,
  channels: Channels,
  part: Part,
  [height, width]: readonly [number, number],
  interpolation: ImageInterpolation,
): Uint8Array {
  const columns = axisWeights(part.width, width, interpolation);
  const rows = axisWeights(part.height, height, interpolation);
  const rowLength = width * channels;
  // Rows of the part are made narrower one by one, and each is added to the new rows in which it counts.
  const sums = new Float64Array(height * rowLength);
  const narrow = new Float64Array(rowLength);
  const firstOf = rows.starts;
  let from = 0;
  for (let y = 0; y < part.height; y++) {
    narrowRow(source, ((part.top + y) * imageWidth + part.left) * channels, channels, columns, narrow);
    // Starts never fall: rows that end before this one have had their share.
    while (from < height && firstOf[from] + rows.weights[from].length <= y) from++;
    for (let i = from; i < height && firstOf[i] <= y; i++) {
      const weight = rows.weights[i][y - firstOf[i]];
      const to = i * rowLength;
      for (let k = 0; k < rowLength; k++) sums[to + k] += weight * narrow[k];
    }
  }
  if (channels === 4) divideByAlpha(sums);
  return Uint8Array.from(sums, (sum) => Math.min(255, Math.floor(sum + 0.5)));
}

/** One row of the old image in the new width; colours times alpha where there is one. */
function narrowRow(
  source: Uint8Array,
  offset: number,
  channels: Channels,
  { starts, weights }: AxisWeights,
  result: Float64Array,
): void {
  result.fill(0);
  for (let x = 0; x < starts.length; x++) {
    const row = weights[x];
    for (let k = 0; k < row.length; k++) {
      const at = offset + (starts[x] + k) * channels;
      const alpha = channels === 4 ? source[at + 3] : 1;
      const colours = channels === 4 ? 3 : channels;
      for (let channel = 0; channel < colours; channel++) {
        result[x * channels + channel] += row[k] * alpha * source[at + channel];
      }
      if (channels === 4) result[x * 4 + 3] += row[k] * alpha;
    }
  }
}

function divideByAlpha(sums: Float64Array): void {
  for (let i = 0; i < sums.length; i += 4) {
    const alpha = sums[i + 3];
    for (let channel = 0; channel < 3; channel++) sums[i + channel] = alpha > 0 ? sums[i + channel] / alpha : 0;
  }
}
