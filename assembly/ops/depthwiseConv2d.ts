// A convolution of every channel on its own, with `multiplier` kernels each. Padding counts as 0.
//
//   y[i, c·m + j] = Σ_taps x[tap of i, c]·w[tap, c, j] + b[c·m + j]      m: multiplier, j < m
//   dx[p, c] = Σ_(taps over p, j) dy[i, c·m + j]·w[tap, c, j]            dw[tap, c, j] = Σ_i x[tap of i, c]·dy[i, c·m + j]
//
//   x [batch, height, width, channels]                 w [kernelHeight, kernelWidth, channels, multiplier]
//   y [batch, outHeight, outWidth, channels·m]         b [channels·m] or absent
//
// Four filters go together. With a multiplier, each lane takes the channel of its own filter.
import { endInside, firstInside } from "../patches";
import { loadPart, storePart } from "../pooling";
import { sumColumns } from "../reduce";
import { shareEnd, shareStart } from "../threads";

// @ts-ignore: decorator
@unmanaged
class DepthwiseConv2dRow {
  forward: u32;
  backward: u32;
  x: usize;
  dx: usize;
  addDx: i32;
  w: usize;
  dw: usize;
  addDw: i32;
  b: usize;
  db: usize;
  addDb: i32;
  y: usize;
  dy: usize;
  batch: i32;
  height: i32;
  width: i32;
  channels: i32;
  outHeight: i32;
  outWidth: i32;
  multiplier: i32;
  kernelHeight: i32;
  kernelWidth: i32;
  strideY: i32;
  strideX: i32;
  padTop: i32;
  padLeft: i32;
  dilationY: i32;
  dilationX: i32;
}

/** Filters that a thread's share of dw is made of. */
const FILTER_GRAIN: i32 = 4;

/** The inputs of `count` filters from `filter` on, of a pixel; a multiplier of 1 reads them as they stand. */
// @ts-ignore: decorator
@inline
function loadInputs(pixel: usize, filter: i32, multiplier: i32, count: i32): v128 {
  if (multiplier == 1) return loadPart(pixel + (<usize>filter << 2), count & 3);
  let v = v128.load32_zero(pixel + (<usize>(filter / multiplier) << 2));
  if (count > 1) v = v128.load32_lane(pixel + (<usize>((filter + 1) / multiplier) << 2), v, 1);
  if (count > 2) v = v128.load32_lane(pixel + (<usize>((filter + 2) / multiplier) << 2), v, 2);
  if (count > 3) v = v128.load32_lane(pixel + (<usize>((filter + 3) / multiplier) << 2), v, 3);
  return v;
}

/** Adds to the inputs of `count` filters, lane by lane. */
// @ts-ignore: decorator
@inline
function addToInputs(pixel: usize, filter: i32, multiplier: i32, count: i32, v: v128): void {
  if (multiplier == 1) {
    const at = pixel + (<usize>filter << 2);
    storePart(at, f32x4.add(loadPart(at, count & 3), v), count & 3);
    return;
  }
  addTo(pixel + (<usize>(filter / multiplier) << 2), f32x4.extract_lane(v, 0));
  if (count > 1) addTo(pixel + (<usize>((filter + 1) / multiplier) << 2), f32x4.extract_lane(v, 1));
  if (count > 2) addTo(pixel + (<usize>((filter + 2) / multiplier) << 2), f32x4.extract_lane(v, 2));
  if (count > 3) addTo(pixel + (<usize>((filter + 3) / multiplier) << 2), f32x4.extract_lane(v, 3));
}

// @ts-ignore: decorator
@inline
function addTo(address: usize, value: f32): void {
  store<f32>(address, load<f32>(address) + value);
}

export function depthwiseConv2dForward(row: usize, step: usize): void {
  const r = changetype<DepthwiseConv2dRow>(row);
  const rows = r.batch * r.outHeight;
  for (let i = shareStart(rows, 1); i < shareEnd(rows, 1); i++) convolveRow(r, i);
}

/** One row of y. */
function convolveRow(r: DepthwiseConv2dRow, row: i32): void {
  const filters = r.channels * r.multiplier;
  const filterBytes = <usize>filters << 2;
  const pixelBytes = <usize>r.channels << 2;
  const top = (row % r.outHeight) * r.strideY - r.padTop;
  const firstY = firstInside(top, r.dilationY);
  const endY = endInside(top, r.height, r.kernelHeight, r.dilationY);
  const image = r.x + <usize>((row / r.outHeight) * r.height * r.width) * pixelBytes;
  const acrossBytes = <usize>r.dilationX * pixelBytes;
  let y = r.y + <usize>(row * r.outWidth) * filterBytes;
  for (let ox = 0; ox < r.outWidth; ox++) {
    const left = ox * r.strideX - r.padLeft;
    const firstX = firstInside(left, r.dilationX);
    const endX = endInside(left, r.width, r.kernelWidth, r.dilationX);
    for (let f = 0; f < filters; f += 4) {
      const count = min(4, filters - f);
      const at = <usize>f << 2;
      let sum = r.b ? loadPart(r.b + at, count & 3) : f32x4.splat(0);
      for (let ky = firstY; ky < endY; ky++) {
        let pixel = image + <usize>((top + ky * r.dilationY) * r.width + left + firstX * r.dilationX) * pixelBytes;
        let w = r.w + <usize>(ky * r.kernelWidth + firstX) * filterBytes + at;
        for (let kx = firstX; kx < endX; kx++) {
          const input = loadInputs(pixel, f, r.multiplier, count);
          sum = f32x4.add(sum, f32x4.mul(input, loadPart(w, count & 3)));
          pixel += acrossBytes;
          w += filterBytes;
        }
      }
      storePart(y + at, sum, count & 3);
    }
    y += filterBytes;
  }
}

export function depthwiseConv2dBackward(row: usize, step: usize): void {
  const r = changetype<DepthwiseConv2dRow>(row);
  const filters = r.channels * r.multiplier;
  if (r.db) sumColumns(r.batch * r.outHeight * r.outWidth, filters, r.dy, r.db, r.addDb);
  if (r.dw) kernelGradient(r);
  if (r.dx) imageGradient(r);
}

/** dw, shared by filters. Each tap is summed row by row of an image, rows are added up in order. */
function kernelGradient(r: DepthwiseConv2dRow): void {
  const filters = r.channels * r.multiplier;
  const end = shareEnd(filters, FILTER_GRAIN);
  for (let f = shareStart(filters, FILTER_GRAIN); f < end; f += 4) {
    const count = min(4, end - f);
    for (let ky = 0; ky < r.kernelHeight; ky++) {
      for (let kx = 0; kx < r.kernelWidth; kx++) {
        const target = r.dw + (<usize>((ky * r.kernelWidth + kx) * filters + f) << 2);
        const sum = sumTap(r, ky, kx, f, count);
        storePart(target, r.addDw ? f32x4.add(loadPart(target, count & 3), sum) : sum, count & 3);
      }
    }
  }
}

/** Σ_i x[tap of i]·dy[i] for `count` filters from `f` on. */
function sumTap(r: DepthwiseConv2dRow, ky: i32, kx: i32, f: i32, count: i32): v128 {
  const filters = r.channels * r.multiplier;
  const pixelBytes = <usize>r.channels << 2;
  const filterBytes = <usize>filters << 2;
  const strideBytes = <usize>r.strideX * pixelBytes;
  const across = kx * r.dilationX - r.padLeft;
  const firstX = firstInside(across, r.strideX);
  const endX = endInside(across, r.width, r.outWidth, r.strideX);
  let sum = f32x4.splat(0);
  for (let i = 0; i < r.batch * r.outHeight; i++) {
    const y = (i % r.outHeight) * r.strideY - r.padTop + ky * r.dilationY;
    if (<u32>y >= <u32>r.height) continue;
    const start = ((i / r.outHeight) * r.height + y) * r.width + across + firstX * r.strideX;
    let pixel = r.x + <usize>start * pixelBytes;
    let dy = r.dy + <usize>(i * r.outWidth + firstX) * filterBytes + (<usize>f << 2);
    let rowSum = f32x4.splat(0);
    for (let ox = firstX; ox < endX; ox++) {
      const input = loadInputs(pixel, f, r.multiplier, count);
      rowSum = f32x4.add(rowSum, f32x4.mul(input, loadPart(dy, count & 3)));
      pixel += strideBytes;
      dy += filterBytes;
    }
    sum = f32x4.add(sum, rowSum);
  }
  return sum;
}

/** dx, shared by samples. */
function imageGradient(r: DepthwiseConv2dRow): void {
  const firstSample = shareStart(r.batch, 1);
  const endSample = shareEnd(r.batch, 1);
  const imageBytes = <usize>(r.height * r.width * r.channels) << 2;
  if (!r.addDx) {
    memory.fill(r.dx + <usize>firstSample * imageBytes, 0, <usize>(endSample - firstSample) * imageBytes);
  }
  for (let i = firstSample * r.outHeight; i < endSample * r.outHeight; i++) spreadRow(r, i);
}

/** What one row of dy adds to dx. */
function spreadRow(r: DepthwiseConv2dRow, row: i32): void {
  const filters = r.channels * r.multiplier;
  const filterBytes = <usize>filters << 2;
  const pixelBytes = <usize>r.channels << 2;
  const top = (row % r.outHeight) * r.strideY - r.padTop;
  const firstY = firstInside(top, r.dilationY);
  const endY = endInside(top, r.height, r.kernelHeight, r.dilationY);
  const image = r.dx + <usize>((row / r.outHeight) * r.height * r.width) * pixelBytes;
  const acrossBytes = <usize>r.dilationX * pixelBytes;
  let dy = r.dy + <usize>(row * r.outWidth) * filterBytes;
  for (let ox = 0; ox < r.outWidth; ox++) {
    const left = ox * r.strideX - r.padLeft;
    const firstX = firstInside(left, r.dilationX);
    const endX = endInside(left, r.width, r.kernelWidth, r.dilationX);
    for (let f = 0; f < filters; f += 4) {
      const count = min(4, filters - f);
      const at = <usize>f << 2;
      const upstream = loadPart(dy + at, count & 3);
      for (let ky = firstY; ky < endY; ky++) {
        let pixel = image + <usize>((top + ky * r.dilationY) * r.width + left + firstX * r.dilationX) * pixelBytes;
        let w = r.w + <usize>(ky * r.kernelWidth + firstX) * filterBytes + at;
        for (let kx = firstX; kx < endX; kx++) {
          addToInputs(pixel, f, r.multiplier, count, f32x4.mul(upstream, loadPart(w, count & 3)));
          pixel += acrossBytes;
          w += filterBytes;
        }
      }
    }
    dy += filterBytes;
  }
}
