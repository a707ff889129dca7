// Larger images by linear interpolation in both directions. Pixels are squares of side 1: the center of output pixel i
// lies at (i + ½)/size − ½ of the input, beyond whose outermost centers nothing changes.
//
//   y[i, j] = Σ_(p, q) a[i, p]·b[j, q]·x[p, q]          dx[p, q] = Σ_(i, j) a[i, p]·b[j, q]·dy[i, j]
//
//   x [batch, height, width, channels]       y [batch, height·sizeY, width·sizeX, channels]
import { loadPart, storePart } from "../loops/pooling";
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
  const outHeight = r.height * r.sizeY;
  const firstSample = shareStart(r.batch, 1);
  const endSample = shareEnd(r.batch, 1);
  const imageBytes = <usize>(r.height * r.width * r.channels) << 2;
  if (!r.addDx) {
    memory.fill(r.dx + <usize>firstSample * imageBytes, 0, <usize>(endSample - firstSample) * imageBytes);
  }
  for (let i = firstSample * outHeight; i < endSample * outHeight; i++) blendRow(r, i, r.dx, r.dy, true);
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
        const upstream = loadPart(output + at, part);
        addScaled(upper + leftBytes, upstream, f32x4.extract_lane(weights, 0), part);
        addScaled(upper + rightBytes, upstream, f32x4.extract_lane(weights, 1), part);
        addScaled(lower + leftBytes, upstream, f32x4.extract_lane(weights, 2), part);
        addScaled(lower + rightBytes, upstream, f32x4.extract_lane(weights, 3), part);
      } else {
        let sum = scaled(upper + leftBytes, f32x4.extract_lane(weights, 0), part);
        sum = f32x4.add(sum, scaled(upper + rightBytes, f32x4.extract_lane(weights, 1), part));
        sum = f32x4.add(sum, scaled(lower + leftBytes, f32x4.extract_lane(weights, 2), part));
        sum = f32x4.add(sum, scaled(lower + rightBytes, f32x4.extract_lane(weights, 3), part));
        storePart(output + at, sum, part);
      }
    }
    output += pixelBytes;
  }
}

// @ts-ignore: decorator
@inline
function scaled(address: usize, weight: f32, part: i32): v128 {
  return f32x4.mul(loadPart(address, part), f32x4.splat(weight));
}

// @ts-ignore: decorator
@inline
function addScaled(address: usize, v: v128, weight: f32, part: i32): void {
  storePart(address, f32x4.add(loadPart(address, part), f32x4.mul(v, f32x4.splat(weight))), part);
}
