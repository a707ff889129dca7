// A convolution of every channel on its own, with `multiplier` kernels each. Padding counts as 0.
//
//   y[i, c·m + j] = Σ_taps x[tap of i, c]·w[tap, c, j] + b[c·m + j]      m: multiplier, j < m
//   dx[p, c] = Σ_(taps over p, j) dy[i, c·m + j]·w[tap, c, j]            dw[tap, c, j] = Σ_i x[tap of i, c]·dy[i, c·m + j]
//
//   x [batch, height, width, channels]                 w [kernelHeight, kernelWidth, channels, multiplier]
//   y [batch, outHeight, outWidth, channels·m]         b [channels·m] or absent
//
// Four filters go together. With a multiplier, each lane takes the channel of its own filter.
import { addHigh, addLow, highHalf, joinHalves, loadSome, storeSome } from "../simd/lanes";
import { blockOf, correlate3x3, kernelGradient3x3 } from "../convolution/depthwise3x3";
import { endInside, firstInside } from "../convolution/patches";
import { carry, FEW_NUMBERS, FLOAT32_BLOCK, overlap, sumColumns } from "../loops/reduce";
import { shareEnd, shareStart, workspaceOf } from "../executor/threads";

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
  workspace: usize;
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
/** Blocks of pixels whose contributions to dw are added up on their own: those of some rows of y, or of a part of one. */
const SEGMENT_BLOCKS: i32 = 16;
/** Most pixels of a row whose sum is in float32. */
const BLOCK_PIXELS: i32 = 48;

/** The inputs of `count` filters from `filter` on, of a pixel; a multiplier of 1 reads them as they stand. */
// @ts-ignore: decorator
@inline
function loadInputs(pixel: usize, filter: i32, multiplier: i32, count: i32): v128 {
  if (multiplier == 1) return loadSome(pixel + (<usize>filter << 2), count & 3);
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
    storeSome(at, f32x4.add(loadSome(at, count & 3), v), count & 3);
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

/** Whether it is of the kind that depthwise3x3.ts is for. */
function is3x3(r: DepthwiseConv2dRow): bool {
  if (r.kernelHeight != 3 || r.kernelWidth != 3 || r.multiplier != 1 || (r.channels & 3)) return false;
  if (r.strideY != 1 || r.strideX != 1 || r.dilationY != 1 || r.dilationX != 1) return false;
  return overlaps(r.height, r.outHeight, r.padTop) && overlaps(r.width, r.outWidth, r.padLeft);
}

/** Whether each of `outSize` windows of three has a number of the `size` in it, and each number a window. */
// @ts-ignore: decorator
@inline
function overlaps(size: i32, outSize: i32, pad: i32): bool {
  return pad <= 2 && outSize <= size + pad && outSize >= size + pad - 2;
}

export function depthwiseConv2dForward(row: usize, step: usize): void {
  const r = changetype<DepthwiseConv2dRow>(row);
  const rows = r.batch * r.outHeight;
  const from = shareStart(rows, 1);
  const to = shareEnd(rows, 1);
  if (is3x3(r)) {
    correlate3x3(
      r.x, r.height, r.width, r.channels, r.outHeight, r.outWidth, r.padTop, r.padLeft, from, to,
      r.w, <usize>r.channels << 2, r.b, r.y, false,
    );
    return;
  }
  for (let i = from; i < to; i++) convolveRow(r, i);
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
  const downBytes = <usize>(r.dilationY * r.width) * pixelBytes;
  let y = r.y + <usize>(row * r.outWidth) * filterBytes;
  for (let ox = 0; ox < r.outWidth; ox++) {
    const left = ox * r.strideX - r.padLeft;
    const firstX = firstInside(left, r.dilationX);
    const endX = endInside(left, r.width, r.kernelWidth, r.dilationX);
    const pixel = image + <usize>((top + firstY * r.dilationY) * r.width + left + firstX * r.dilationX) * pixelBytes;
    const w = r.w + <usize>(firstY * r.kernelWidth + firstX) * filterBytes;
    const rows = endY - firstY;
    const columns = endX - firstX;
    let f = 0;
    if (r.multiplier == 1) {
      for (; f + 4 <= filters; f += 4) sumTaps(r, pixel, w, y, f, 1, 4, rows, columns, downBytes, acrossBytes);
    }
    for (; f < filters; f += 4) {
      const count = min(4, filters - f);
      sumTaps(r, pixel, w, y, f, r.multiplier, count, rows, columns, downBytes, acrossBytes);
    }
    y += filterBytes;
  }
}

/** `count` filters from `f` on of one pixel of y, from `rows` × `columns` taps. */
// @ts-ignore: decorator
@inline
function sumTaps(
  r: DepthwiseConv2dRow,
  pixel: usize,
  w: usize,
  y: usize,
  f: i32,
  multiplier: i32,
  count: i32,
  rows: i32,
  columns: i32,
  downBytes: usize,
  acrossBytes: usize,
): void {
  if (rows * columns > FEW_NUMBERS) {
    sumManyTaps(r, pixel, w, y, f, multiplier, count, rows, columns, downBytes, acrossBytes);
    return;
  }
  const at = <usize>f << 2;
  const filterBytes = <usize>(r.channels * r.multiplier) << 2;
  const kernelBytes = <usize>r.kernelWidth * filterBytes;
  let sum = r.b ? loadSome(r.b + at, count & 3) : f32x4.splat(0);
  for (let i = 0; i < rows; i++) {
    let x = pixel + <usize>i * downBytes;
    let weights = w + <usize>i * kernelBytes + at;
    for (let j = 0; j < columns; j++) {
      sum = f32x4.add(sum, f32x4.mul(loadInputs(x, f, multiplier, count), loadSome(weights, count & 3)));
      x += acrossBytes;
      weights += filterBytes;
    }
  }
  storeSome(y + at, sum, count & 3);
}

/** The same for many taps: 32 of a row at a time in float32, their sums in float64. */
function sumManyTaps(
  r: DepthwiseConv2dRow,
  pixel: usize,
  w: usize,
  y: usize,
  f: i32,
  multiplier: i32,
  count: i32,
  rows: i32,
  columns: i32,
  downBytes: usize,
  acrossBytes: usize,
): void {
  const at = <usize>f << 2;
  const filterBytes = <usize>(r.channels * r.multiplier) << 2;
  const kernelBytes = <usize>r.kernelWidth * filterBytes;
  const bias = r.b ? loadSome(r.b + at, count & 3) : f32x4.splat(0);
  let low = f64x2.promote_low_f32x4(bias);
  let high = f64x2.promote_low_f32x4(highHalf(bias));
  for (let i = 0; i < rows; i++) {
    let x = pixel + <usize>i * downBytes;
    let weights = w + <usize>i * kernelBytes + at;
    for (let j = 0; j < columns; ) {
      let sum = f32x4.splat(0);
      for (const end = min(columns, j + FLOAT32_BLOCK); j < end; j++) {
        sum = f32x4.add(sum, f32x4.mul(loadInputs(x, f, multiplier, count), loadSome(weights, count & 3)));
        x += acrossBytes;
        weights += filterBytes;
      }
      low = addLow(low, sum);
      high = addHigh(high, sum);
    }
  }
  storeSome(y + at, joinHalves(low, high), count & 3);
}

export function depthwiseConv2dBackward(row: usize, step: usize): void {
  const r = changetype<DepthwiseConv2dRow>(row);
  const filters = r.channels * r.multiplier;
  if (r.db) sumColumns(r.batch * r.outHeight * r.outWidth, filters, r.dy, r.db, r.addDb);
  if (r.dw) kernelGradient(r);
  if (r.dx) imageGradient(r);
}

/**
 * dw, shared by filters. What a row of y contributes to a tap is summed on its own; rows are added in order. Where they are
 * more than a segment (gemm.ts), dw takes the sum of each segment, which stands in the workspace.
 */
function kernelGradient(r: DepthwiseConv2dRow): void {
  const filters = r.channels * r.multiplier;
  const start = shareStart(filters, FILTER_GRAIN);
  const end = shareEnd(filters, FILTER_GRAIN);
  if (start >= end) return;
  const rows = r.batch * r.outHeight;
  const block = is3x3(r) ? blockOf(<usize>r.channels << 2) : BLOCK_PIXELS;
  const segment = max(1, SEGMENT_BLOCKS / ((r.outWidth + block - 1) / block));
  const columns = min(r.outWidth, SEGMENT_BLOCKS * block);
  const isLong = rows > segment || r.outWidth > columns;
  const target = isLong ? workspaceOf(r.workspace) : r.dw;
  const taps = r.kernelHeight * r.kernelWidth;
  const offset = <usize>start << 2;
  const rowBytes = <usize>filters << 2;
  if (isLong || !r.addDw) {
    for (let tap = 0; tap < taps; tap++) {
      memory.fill(target + <usize>tap * rowBytes + offset, 0, <usize>(end - start) << 2);
    }
  }
  for (let first = 0; first < rows; first += segment) {
    const behind = min(first + segment, rows);
    for (let x = 0; x < r.outWidth; x += columns) {
      addRows(r, first, behind, x, min(x + columns, r.outWidth), start, end, target);
      if (!isLong) continue;
      carry(taps, end - start, target + offset, rowBytes, r.dw + offset, rowBytes, first + x > 0 || r.addDw != 0);
    }
  }
}

/** dw += what pixels `startX` to `endX` of rows `first` to `behind` of dy contribute to filters `start` to `end`. */
function addRows(
  r: DepthwiseConv2dRow,
  first: i32,
  behind: i32,
  startX: i32,
  endX: i32,
  start: i32,
  end: i32,
  dw: usize,
): void {
  if (is3x3(r)) {
    kernelGradient3x3(
      r.x, r.height, r.width, r.channels, r.outHeight, r.outWidth, r.padTop, r.padLeft, first, behind, startX, endX,
      start, end, r.dy, dw,
    );
    return;
  }
  for (let i = first; i < behind; i++) {
    for (let ky = 0; ky < r.kernelHeight; ky++) {
      const y = (i % r.outHeight) * r.strideY - r.padTop + ky * r.dilationY;
      if (<u32>y >= <u32>r.height) continue;
      const x = r.x + (<usize>(((i / r.outHeight) * r.height + y) * r.width * r.channels) << 2);
      for (let kx = 0; kx < r.kernelWidth; kx++) addRow(r, i, x, ky, kx, startX, endX, start, end, dw);
    }
  }
}

/** Adds to one tap of dw, filters `start` to `end`, what a part of row `i` of dy and the row of x under the tap contribute. */
function addRow(
  r: DepthwiseConv2dRow,
  i: i32,
  x: usize,
  ky: i32,
  kx: i32,
  startX: i32,
  endX: i32,
  start: i32,
  end: i32,
  dw: usize,
): void {
  const filters = r.channels * r.multiplier;
  const across = kx * r.dilationX - r.padLeft;
  const firstX = max(startX, firstInside(across, r.strideX));
  const count = min(endX, endInside(across, r.width, r.outWidth, r.strideX)) - firstX;
  dw += <usize>((ky * r.kernelWidth + kx) * filters) << 2;
  for (let first = 0; first < count; first += BLOCK_PIXELS) {
    const length = min(BLOCK_PIXELS, count - first);
    const pixel = x + (<usize>((across + (firstX + first) * r.strideX) * r.channels) << 2);
    const dy = r.dy + (<usize>((i * r.outWidth + firstX + first) * filters) << 2);
    let f = start;
    if (r.multiplier == 1) for (; f + 4 <= end; f += 4) addProducts(r, pixel, dy, dw, f, 1, 4, length);
    for (; f < end; f += 4) addProducts(r, pixel, dy, dw, f, r.multiplier, min(4, end - f), length);
  }
}

/** Adds Σ x·dy over `pixels` pixels to `count` filters of dw from `f` on. */
// @ts-ignore: decorator
@inline
function addProducts(
  r: DepthwiseConv2dRow,
  x: usize,
  dy: usize,
  dw: usize,
  f: i32,
  multiplier: i32,
  count: i32,
  pixels: i32,
): void {
  const at = <usize>f << 2;
  const strideBytes = <usize>(r.strideX * r.channels) << 2;
  const filterBytes = <usize>(r.channels * r.multiplier) << 2;
  let upstream = dy + at;
  let sum = f32x4.splat(0);
  for (let j = 0; j < pixels; j++) {
    sum = f32x4.add(sum, f32x4.mul(loadInputs(x, f, multiplier, count), loadSome(upstream, count & 3)));
    x += strideBytes;
    upstream += filterBytes;
  }
  storeSome(dw + at, f32x4.add(loadSome(dw + at, count & 3), sum), count & 3);
}

/** dx, shared by samples, or by rows where nobody else writes to them. */
function imageGradient(r: DepthwiseConv2dRow): void {
  if (is3x3(r)) {
    // Windows of dy end where those of x begin: the last tap comes first.
    const rows = r.batch * r.height;
    const tap = <usize>r.channels << 2;
    correlate3x3(
      r.dy, r.outHeight, r.outWidth, r.channels, r.height, r.width, 2 - r.padTop, 2 - r.padLeft,
      shareStart(rows, 1), shareEnd(rows, 1), r.w + 8 * tap, 0 - tap, 0, r.dx, r.addDx != 0,
    );
    return;
  }
  const firstSample = shareStart(r.batch, 1);
  const endSample = shareEnd(r.batch, 1);
  const imageBytes = <usize>(r.height * r.width * r.channels) << 2;
  if (!r.addDx) {
    memory.fill(r.dx + <usize>firstSample * imageBytes, 0, <usize>(endSample - firstSample) * imageBytes);
  }
  const across = overlap(r.kernelWidth, r.dilationX == 1 ? r.strideX : 1, r.outWidth) * r.multiplier;
  const isLong = across * overlap(r.kernelHeight, r.dilationY == 1 ? r.strideY : 1, r.outHeight) > FEW_NUMBERS;
  for (let sample = firstSample; sample < endSample; sample++) {
    if (isLong) addSampleInParts(r, sample, across);
    else for (let i = 0; i < r.outHeight; i++) scatterRow(r, sample * r.outHeight + i, 0, r.outWidth, r.dx);
  }
}

/** dx += dy of one sample, where many windows cover a number: the workspace takes what a few of them add, dx takes the sums. */
function addSampleInParts(r: DepthwiseConv2dRow, sample: i32, across: i32): void {
  const rowNumbers = r.width * r.channels;
  const rowBytes = <usize>rowNumbers << 2;
  const image = <usize>(sample * r.height) * rowBytes;
  const part = workspaceOf(r.workspace);
  const rows = max(1, FEW_NUMBERS / across);
  const columns = across > FEW_NUMBERS ? max(1, FEW_NUMBERS / r.multiplier) : r.outWidth;
  memory.fill(part, 0, <usize>r.height * rowBytes);
  for (let y = 0; y < r.outHeight; y += rows) {
    const endY = min(y + rows, r.outHeight);
    const top = max(y * r.strideY - r.padTop, 0);
    const last = (endY - 1) * r.strideY - r.padTop;
    const bottom = min(last + (r.kernelHeight - 1) * r.dilationY + 1, r.height);
    const at = <usize>top * rowBytes;
    for (let x = 0; x < r.outWidth; x += columns) {
      const endX = min(x + columns, r.outWidth);
      for (let i = y; i < endY; i++) scatterRow(r, sample * r.outHeight + i, x, endX, part - image);
      carry(1, (bottom - top) * rowNumbers, part + at, 0, r.dx + image + at, 0, true);
    }
  }
}

/** What pixels `fromX` to `toX` of one row of dy add to dx, or to what takes its place. */
function scatterRow(r: DepthwiseConv2dRow, row: i32, fromX: i32, toX: i32, dx: usize): void {
  const filters = r.channels * r.multiplier;
  const filterBytes = <usize>filters << 2;
  const pixelBytes = <usize>r.channels << 2;
  const top = (row % r.outHeight) * r.strideY - r.padTop;
  const firstY = firstInside(top, r.dilationY);
  const endY = endInside(top, r.height, r.kernelHeight, r.dilationY);
  const image = dx + <usize>((row / r.outHeight) * r.height * r.width) * pixelBytes;
  const acrossBytes = <usize>r.dilationX * pixelBytes;
  const downBytes = <usize>(r.dilationY * r.width) * pixelBytes;
  let dy = r.dy + <usize>(row * r.outWidth + fromX) * filterBytes;
  for (let ox = fromX; ox < toX; ox++) {
    const left = ox * r.strideX - r.padLeft;
    const firstX = firstInside(left, r.dilationX);
    const endX = endInside(left, r.width, r.kernelWidth, r.dilationX);
    const pixel = image + <usize>((top + firstY * r.dilationY) * r.width + left + firstX * r.dilationX) * pixelBytes;
    const w = r.w + <usize>(firstY * r.kernelWidth + firstX) * filterBytes;
    const rows = endY - firstY;
    const columns = endX - firstX;
    let f = 0;
    if (r.multiplier == 1) {
      for (; f + 4 <= filters; f += 4) scatterTaps(r, dy, w, pixel, f, 1, 4, rows, columns, downBytes, acrossBytes);
    }
    for (; f < filters; f += 4) {
      const count = min(4, filters - f);
      scatterTaps(r, dy, w, pixel, f, r.multiplier, count, rows, columns, downBytes, acrossBytes);
    }
    dy += filterBytes;
  }
}

/** What `count` filters from `f` on of one pixel of dy add to `rows` × `columns` pixels of dx. */
// @ts-ignore: decorator
@inline
function scatterTaps(
  r: DepthwiseConv2dRow,
  dy: usize,
  w: usize,
  pixel: usize,
  f: i32,
  multiplier: i32,
  count: i32,
  rows: i32,
  columns: i32,
  downBytes: usize,
  acrossBytes: usize,
): void {
  const at = <usize>f << 2;
  const filterBytes = <usize>(r.channels * r.multiplier) << 2;
  const kernelBytes = <usize>r.kernelWidth * filterBytes;
  const upstream = loadSome(dy + at, count & 3);
  for (let i = 0; i < rows; i++) {
    let dx = pixel + <usize>i * downBytes;
    let weights = w + <usize>i * kernelBytes + at;
    for (let j = 0; j < columns; j++) {
      addToInputs(dx, f, multiplier, count, f32x4.mul(upstream, loadSome(weights, count & 3)));
      dx += acrossBytes;
      weights += filterBytes;
    }
  }
}
