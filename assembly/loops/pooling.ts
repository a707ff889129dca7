// Pooling over images, channels last: one number for each window and channel. What of a window lies in the padding does
// not exist. A kernel names what it does with four channels of a window as an @unmanaged class with the methods
//
//   window(x, dx, y, dy, rows, columns, rowBytes, pixelBytes, part, adds)
//   window2x2(x, dx, y, dy, rowBytes, pixelBytes, adds)
//
// x and dx point to the first pixel of the window inside the image, y and dy to its output; `part` is 0 for four channels,
// else how many there are left; `adds` is whether backward adds to dx or is the only one to write there. The second method
// is the first for four channels of two rows by two columns, without loops. Threads share rows of y forward and samples
// backward, where windows may overlap.
import { loadSome, storeSome } from "../simd/lanes";
import { partEnd, partStart, takePart, workspaceOf } from "../executor/threads";
import { carry, FEW_NUMBERS, overlap } from "./reduce";

// @ts-ignore: decorator
@unmanaged
export class PoolingRow {
  forward: u32;
  backward: u32;
  x: usize;
  dx: usize;
  addDx: i32;
  y: usize;
  dy: usize;
  workspace: usize;
  batch: i32;
  height: i32;
  width: i32;
  channels: i32;
  outHeight: i32;
  outWidth: i32;
  poolHeight: i32;
  poolWidth: i32;
  strideY: i32;
  strideX: i32;
  padTop: i32;
  padLeft: i32;
}

/** Stores four channels or `part` of them, or adds them to what stands there. */
// @ts-ignore: decorator
@inline
export function putPart(address: usize, v: v128, part: i32, adds: bool): void {
  storeSome(address, adds ? f32x4.add(loadSome(address, part), v) : v, part);
}

/** y from x. */
// @ts-ignore: decorator
@inline
export function poolForward<F>(r: PoolingRow): void {
  const rows = r.batch * r.outHeight;
  for (let round = 0; takePart(rows, 1, round); round++) {
    for (let i = partStart; i < partEnd; i++) poolRow<F>(r, i, 0, r.outWidth, r.dx, false);
  }
}

/** dx from dy. */
// @ts-ignore: decorator
@inline
export function poolBackward<F>(r: PoolingRow): void {
  // Windows side by side: each number of the image belongs to one of them, or to the margin behind the last ones.
  const isTiled = !r.addDx && r.strideY == r.poolHeight && r.strideX == r.poolWidth;
  for (let round = 0; takePart(r.batch, 1, round); round++) {
    // Two loops, so that in each of them it is known whether it adds: with one, averages take 1.4 times as long.
    if (isTiled) {
      zeroMargins(r, partStart, partEnd);
      for (let i = partStart * r.outHeight; i < partEnd * r.outHeight; i++) poolRow<F>(r, i, 0, r.outWidth, r.dx, false);
    } else {
      if (!r.addDx) clearSamples(r, partStart, partEnd);
      for (let i = partStart; i < partEnd; i++) addSample<F>(r, i);
    }
  }
}

/**
 * dx += dy of one sample, whose windows may overlap. Where many of them cover a number, the workspace takes what a few add to
 * the image, and dx takes their sums.
 */
// @ts-ignore: decorator
@inline
function addSample<F>(r: PoolingRow, sample: i32): void {
  const across = overlap(r.poolWidth, r.strideX, r.outWidth);
  const isLong = across * overlap(r.poolHeight, r.strideY, r.outHeight) > FEW_NUMBERS;
  const rows = isLong ? max(1, FEW_NUMBERS / across) : r.outHeight;
  const columns = isLong && across > FEW_NUMBERS ? FEW_NUMBERS : r.outWidth;
  const rowNumbers = r.width * r.channels;
  const rowBytes = <usize>rowNumbers << 2;
  const image = <usize>(sample * r.height) * rowBytes;
  const part = workspaceOf(r.workspace);
  const target = isLong ? part - image : r.dx;
  if (isLong) memory.fill(part, 0, <usize>r.height * rowBytes);
  for (let y = 0; y < r.outHeight; y += rows) {
    const endY = min(y + rows, r.outHeight);
    for (let x = 0; x < r.outWidth; x += columns) {
      const endX = min(x + columns, r.outWidth);
      for (let i = y; i < endY; i++) poolRow<F>(r, sample * r.outHeight + i, x, endX, target, true);
      if (!isLong) continue;
      const top = max(y * r.strideY - r.padTop, 0);
      const bottom = min((endY - 1) * r.strideY - r.padTop + r.poolHeight, r.height);
      const at = <usize>top * rowBytes;
      carry(1, (bottom - top) * rowNumbers, part + at, 0, r.dx + image + at, 0, true);
    }
  }
}

/** dx = 0 everywhere in some samples. */
function clearSamples(r: PoolingRow, first: i32, end: i32): void {
  const imageBytes = <usize>(r.height * r.width * r.channels) << 2;
  memory.fill(r.dx + <usize>first * imageBytes, 0, <usize>(end - first) * imageBytes);
}

/** dx = 0 below and to the right of all windows. */
function zeroMargins(r: PoolingRow, firstSample: i32, endSample: i32): void {
  const pixelBytes = <usize>r.channels << 2;
  const rowBytes = <usize>r.width * pixelBytes;
  const endY = min(r.outHeight * r.strideY - r.padTop, r.height);
  const endX = min(r.outWidth * r.strideX - r.padLeft, r.width);
  const marginBytes = <usize>(r.width - endX) * pixelBytes;
  for (let i = firstSample; i < endSample; i++) {
    const image = r.dx + <usize>(i * r.height) * rowBytes;
    const below = image + <usize>endY * rowBytes;
    if (marginBytes) {
      for (let row = image; row < below; row += rowBytes) memory.fill(row + rowBytes - marginBytes, 0, marginBytes);
    }
    memory.fill(below, 0, <usize>(r.height - endY) * rowBytes);
  }
}

/** Windows `fromX` to `endX` of one row of y; `gradient` is dx, or takes its place. */
// @ts-ignore: decorator
@inline
function poolRow<F>(r: PoolingRow, row: i32, fromX: i32, endX: i32, gradient: usize, adds: bool): void {
  const pixelBytes = <usize>r.channels << 2;
  const rowBytes = <usize>r.width * pixelBytes;
  const whole = <usize>(r.channels & ~3) << 2;
  const part = r.channels & 3;
  const top = (row % r.outHeight) * r.strideY - r.padTop;
  const firstY = max(top, 0);
  const rows = min(top + r.poolHeight, r.height) - firstY;
  const image = <usize>((row / r.outHeight) * r.height + firstY) * rowBytes;
  let output = <usize>(row * r.outWidth + fromX) * pixelBytes;
  for (let ox = fromX; ox < endX; ox++) {
    const left = ox * r.strideX - r.padLeft;
    const firstX = max(left, 0);
    const columns = min(left + r.poolWidth, r.width) - firstX;
    const input = image + <usize>firstX * pixelBytes;
    const x = r.x + input;
    const dx = gradient + input;
    const y = r.y + output;
    const dy = r.dy + output;
    if (rows == 2 && columns == 2) {
      for (let c: usize = 0; c < whole; c += 16) {
        changetype<F>(0).window2x2(x + c, dx + c, y + c, dy + c, rowBytes, pixelBytes, adds);
      }
    } else {
      for (let c: usize = 0; c < whole; c += 16) {
        changetype<F>(0).window(x + c, dx + c, y + c, dy + c, rows, columns, rowBytes, pixelBytes, 0, adds);
      }
    }
    if (part) {
      changetype<F>(0).window(
        x + whole, dx + whole, y + whole, dy + whole, rows, columns, rowBytes, pixelBytes, part, adds,
      );
    }
    output += pixelBytes;
  }
}
