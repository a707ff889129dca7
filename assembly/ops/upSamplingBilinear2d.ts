// Larger images by linear interpolation in both directions. Pixels are squares of side 1: the center of output pixel i
// lies at (i + ½)/size − ½ of the input, beyond whose outermost centers nothing changes.
//
//   y[i, j] = Σ_(p, q) a[i, p]·b[j, q]·x[p, q]          dx[p, q] = Σ_(i, j) a[i, p]·b[j, q]·dy[i, j]
//
//   x [batch, height, width, channels]       y [batch, height·sizeY, width·sizeX, channels]
import { FLOAT32_BLOCK } from "../loops/reduce";
import { addHigh, addLow, joinHalves, loadSome, storeSome } from "../simd/lanes";
import { shareEnd, shareStart } from "../executor/threads";

// @ts-ignore: decorator
@unmanaged
class UpSamplingBilinear2dRow {
  forward: u32;
  backward: u32;
  x: usize;
  dx: usize;
  addDx: i32;
  y: usize;
  dy: usize;
  batch: i32;
  height: i32;
  width: i32;
  channels: i32;
  sizeY: i32;
  sizeX: i32;
}

/** Numbers of a block of dy up to which they are added to dx one after the other. */
const FEW_NUMBERS: i32 = 16;

/** Where output `index` lies between the centers 0 and size − 1 of the input. */
// @ts-ignore: decorator
@inline
function centerOf(index: i32, size: i32, factor: i32): f32 {
  const center = (<f32>index + 0.5) / <f32>factor - 0.5;
  return min(max(center, 0), <f32>(size - 1));
}

export function upSamplingBilinear2dForward(row: usize, step: usize): void {
  const r = changetype<UpSamplingBilinear2dRow>(row);
  const rows = r.batch * r.height * r.sizeY;
  for (let i = shareStart(rows, 1); i < shareEnd(rows, 1); i++) blendRow(r, i, r.x, r.y, false);
}

export function upSamplingBilinear2dBackward(row: usize, step: usize): void {
  const r = changetype<UpSamplingBilinear2dRow>(row);
  if (r.sizeY * r.sizeX > FEW_NUMBERS) {
    const rows = r.batch * r.height;
    for (let i = shareStart(rows, 1); i < shareEnd(rows, 1); i++) gatherRow(r, i);
    return;
  }
  const outHeight = r.height * r.sizeY;
  const firstSample = shareStart(r.batch, 1);
  const endSample = shareEnd(r.batch, 1);
  const imageBytes = <usize>(r.height * r.width * r.channels) << 2;
  if (!r.addDx) {
    memory.fill(r.dx + <usize>firstSample * imageBytes, 0, <usize>(endSample - firstSample) * imageBytes);
  }
  for (let i = firstSample * outHeight; i < endSample * outHeight; i++) blendRow(r, i, r.dx, r.dy, true);
}

/** What output `index` takes of input `place`. */
// @ts-ignore: decorator
@inline
function weightOf(index: i32, place: i32, size: i32, factor: i32): f32 {
  const center = centerOf(index, size, factor);
  const first = <i32>center;
  const rest = center - <f32>first;
  return (first == place ? 1 - rest : 0) + (min(first + 1, size - 1) == place ? rest : 0);
}

/** One row of dx, where many numbers of dy come to each of its numbers: 32 at a time in float32, their sums in float64. */
function gatherRow(r: UpSamplingBilinear2dRow, row: i32): void {
  const pixelBytes = <usize>r.channels << 2;
  const p = row % r.height;
  const outHeight = r.height * r.sizeY;
  const outWidth = r.width * r.sizeX;
  const image = r.dy + <usize>((row / r.height) * outHeight * outWidth) * pixelBytes;
  let dx = r.dx + <usize>(row * r.width) * pixelBytes;
  for (let q = 0; q < r.width; q++) {
    for (let c = 0; c < r.channels; c += 4) {
      const part = min(r.channels - c, 4) & 3;
      const at = <usize>c << 2;
      let low = f64x2.splat(0);
      let high = low;
      for (let i = max((p - 1) * r.sizeY, 0); i < min((p + 2) * r.sizeY, outHeight); i++) {
        const down = weightOf(i, p, r.height, r.sizeY);
        const dy = image + <usize>(i * outWidth) * pixelBytes + at;
        const end = min((q + 2) * r.sizeX, outWidth);
        for (let j = max((q - 1) * r.sizeX, 0); j < end; ) {
          let sum = f32x4.splat(0);
          for (const blockEnd = min(j + FLOAT32_BLOCK, end); j < blockEnd; j++) {
            const weight = f32x4.splat(down * weightOf(j, q, r.width, r.sizeX));
            sum = f32x4.add(sum, f32x4.mul(loadSome(dy + <usize>j * pixelBytes, part), weight));
          }
          low = addLow(low, sum);
          high = addHigh(high, sum);
        }
      }
      const total = joinHalves(low, high);
      storeSome(dx + at, r.addDx ? f32x4.add(loadSome(dx + at, part), total) : total, part);
    }
    dx += pixelBytes;
  }
}

/** One row of y from the two rows of x around it or, backward, the other way round: what it adds to them. */
// @ts-ignore: decorator
@inline
function blendRow(r: UpSamplingBilinear2dRow, row: i32, x: usize, y: usize, isBackward: bool): void {
  const pixelBytes = <usize>r.channels << 2;
  const outHeight = r.height * r.sizeY;
  const outWidth = r.width * r.sizeX;
  const down = centerOf(row % outHeight, r.height, r.sizeY);
  const first = <i32>down;
  const second = min(first + 1, r.height - 1);
  const below = down - <f32>first;
  const image = x + <usize>((row / outHeight) * r.height * r.width) * pixelBytes;
  const rowAbove = image + <usize>(first * r.width) * pixelBytes;
  const rowBelow = image + <usize>(second * r.width) * pixelBytes;
  let output = y + <usize>(row * outWidth) * pixelBytes;
  for (let j = 0; j < outWidth; j++) {
    const across = centerOf(j, r.width, r.sizeX);
    const left = <i32>across;
    const leftBytes = <usize>left * pixelBytes;
    const rightBytes = <usize>min(left + 1, r.width - 1) * pixelBytes;
    const right = across - <f32>left;
    const weights = f32x4((1 - below) * (1 - right), (1 - below) * right, below * (1 - right), below * right);
    for (let c = 0; c < r.channels; c += 4) {
      const at = <usize>c << 2;
      const part = min(r.channels - c, 4) & 3;
      const upper = rowAbove + at;
      const lower = rowBelow + at;
      if (isBackward) {
        const upstream = loadSome(output + at, part);
        addScaled(upper + leftBytes, upstream, f32x4.extract_lane(weights, 0), part);
        addScaled(upper + rightBytes, upstream, f32x4.extract_lane(weights, 1), part);
        addScaled(lower + leftBytes, upstream, f32x4.extract_lane(weights, 2), part);
        addScaled(lower + rightBytes, upstream, f32x4.extract_lane(weights, 3), part);
      } else {
        let sum = scaled(upper + leftBytes, f32x4.extract_lane(weights, 0), part);
        sum = f32x4.add(sum, scaled(upper + rightBytes, f32x4.extract_lane(weights, 1), part));
        sum = f32x4.add(sum, scaled(lower + leftBytes, f32x4.extract_lane(weights, 2), part));
        sum = f32x4.add(sum, scaled(lower + rightBytes, f32x4.extract_lane(weights, 3), part));
        storeSome(output + at, sum, part);
      }
    }
    output += pixelBytes;
  }
}

// @ts-ignore: decorator
@inline
function scaled(address: usize, weight: f32, part: i32): v128 {
  return f32x4.mul(loadSome(address, part), f32x4.splat(weight));
}

// @ts-ignore: decorator
@inline
function addScaled(address: usize, v: v128, weight: f32, part: i32): void {
  storeSome(address, f32x4.add(loadSome(address, part), f32x4.mul(v, f32x4.splat(weight))), part);
}
