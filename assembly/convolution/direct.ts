// Convolutions of so few taps that pixels are summed where they lie, without patches. A tap is a row of w: one channel at
// one place of the kernel; `offsets` says how far from a pixel's first tap each of them reads.
//
//   pixel[f] = b[f] + Σ_taps x[pixel + offset of tap]·w[tap, f]        taps from first to last
//   dw[tap, f] = Σ_pixels x[pixel + offset of tap]·dy[pixel, f]        pixels from first to last, block by block
//
// Where pixels are more than a segment (gemm.ts), dw takes the sum of each segment. A block is `blockRows` rows of pixels of one image. Where there is padding, what a block sees of the image is copied into
// zeros first. Filters go in panels of sixteen.

import { ConvolutionRow } from "./convolution";
import { SEGMENT, SHORT_DEPTH } from "../gemm/gemm";
import { copyRows16 } from "../gemm/pack";
import { multiplyAdd } from "../gemm/tiles";
import { carry } from "../loops/reduce";
import { copyFloats } from "./patches";
import { partEnd, partStart, shareEnd, shareStart, takePart } from "../executor/threads";

const PANEL_ROW_BYTES: usize = 64;
/** Most pixels of a row in a block of dw. */
const BLOCK_PIXELS: i32 = 256;
// @ts-ignore: decorator
@inline
function tapCount(r: ConvolutionRow): i32 {
  return r.kernelHeight * r.kernelWidth * r.channels;
}

/** Rows of the image that `rows` rows of pixels see. */
// @ts-ignore: decorator
@inline
function spanY(r: ConvolutionRow, rows: i32): i32 {
  return (rows - 1) * r.strideY + (r.kernelHeight - 1) * r.dilationY + 1;
}

/** Columns of the image that a row of pixels sees. */
// @ts-ignore: decorator
@inline
function spanX(r: ConvolutionRow): i32 {
  return (r.outWidth - 1) * r.strideX + (r.kernelWidth - 1) * r.dilationX + 1;
}

/** Whether some pixel sees padding. */
function isPadded(r: ConvolutionRow): bool {
  return r.padTop > 0 || r.padLeft > 0 || spanY(r, r.outHeight) > r.height || spanX(r) > r.width;
}

/** Bytes from row to row of what a block sees. */
function rowBytesOf(r: ConvolutionRow): usize {
  return <usize>((isPadded(r) ? spanX(r) : r.width) * r.channels) << 2;
}

/** Bytes from the first tap to every other, one more than there are rows of w: none. */
function writeOffsets(r: ConvolutionRow, offsets: usize): void {
  const rowBytes = rowBytesOf(r);
  for (let ky = 0; ky < r.kernelHeight; ky++) {
    for (let kx = 0; kx < r.kernelWidth; kx++) {
      const pixel = <usize>(ky * r.dilationY) * rowBytes + (<usize>(kx * r.dilationX * r.channels) << 2);
      for (let channel = 0; channel < r.channels; channel++) {
        store<u32>(offsets, pixel + (<usize>channel << 2));
        offsets += 4;
      }
    }
  }
}

/** Where the first tap of the first pixel of a block lies: in the image, or in a copy with its padding. */
function openBlock(r: ConvolutionRow, image: usize, row: i32, rows: i32, copy: usize): usize {
  const pixelBytes = <usize>r.channels << 2;
  const imageRowBytes = <usize>r.width * pixelBytes;
  const top = (row % r.outHeight) * r.strideY - r.padTop;
  image += <usize>((row / r.outHeight) * r.height) * imageRowBytes;
  if (!isPadded(r)) return image + <usize>top * imageRowBytes;
  const columns = min(spanX(r) - r.padLeft, r.width);
  const rowBytes = rowBytesOf(r);
  const copyBytes = <usize>spanY(r, rows) * rowBytes;
  memory.fill(copy, 0, copyBytes);
  const from = max(top, 0);
  const to = min(top + spanY(r, rows), r.height);
  let target = copy + <usize>(from - top) * rowBytes + <usize>r.padLeft * pixelBytes;
  for (let y = from; y < to; y++) {
    copyFloats(image + <usize>y * imageRowBytes, target, columns * r.channels);
    target += rowBytes;
  }
  return copy;
}

/** Rows of the block that begins at `row`: as many as the image and `end` leave. */
// @ts-ignore: decorator
@inline
function rowsOfBlock(r: ConvolutionRow, row: i32, end: i32): i32 {
  return min(min(r.blockRows, end - row), r.outHeight - (row % r.outHeight));
}

/** pixels (=|+=) patches of the image·w + bias, shared by rows. */
export function correlateDirect(
  r: ConvolutionRow,
  image: usize,
  bias: usize,
  pixels: usize,
  add: bool,
  workspace: usize,
): void {
  const taps = tapCount(r);
  const filterBytes = <usize>r.filters << 2;
  const rows = r.batch * r.outHeight;
  const panels = workspace + (<usize>taps << 2) + 63 & ~63;
  const copy = panels + <usize>taps * filterBytes;
  writeOffsets(r, workspace);
  for (let j: usize = 0; j < filterBytes; j += PANEL_ROW_BYTES) {
    copyRows16(taps, r.w + j, filterBytes, panels + j * <usize>taps);
  }
  const step = <usize>(r.strideX * r.channels) << 2;
  const down = <usize>r.strideY * rowBytesOf(r);
  for (let round = 0; takePart(rows, 1, round); round++) {
    for (let row = partStart; row < partEnd; ) {
      const count = rowsOfBlock(r, row, partEnd);
      let x = openBlock(r, image, row, count, copy);
      for (let i = 0; i < count; i++) {
        const y = pixels + <usize>((row + i) * r.outWidth) * filterBytes;
        for (let j: usize = 0; j < filterBytes; j += PANEL_ROW_BYTES) {
          const start = bias ? bias + j : 0;
          sumTaps(r.outWidth, taps, workspace, x, step, panels + j * <usize>taps, start, y + j, filterBytes, add);
        }
        x += down;
      }
      row += count;
    }
  }
}

/** Sixteen filters of `pixels` pixels, two at a time; the last of an odd number is both of the two. */
function sumTaps(
  pixels: i32,
  taps: i32,
  offsets: usize,
  x: usize,
  step: usize,
  panel: usize,
  bias: usize,
  y: usize,
  pixelBytes: usize,
  add: bool,
): void {
  for (let i = 0; i < pixels; i += 2) {
    const isLast = i + 1 == pixels;
    const xNext = isLast ? x : x + step;
    const yNext = isLast ? y : y + pixelBytes;
    let s00 = f32x4.splat(0);
    let s01 = s00;
    let s02 = s00;
    let s03 = s00;
    if (bias) {
      s00 = v128.load(bias, 0);
      s01 = v128.load(bias, 16);
      s02 = v128.load(bias, 32);
      s03 = v128.load(bias, 48);
    }
    let s10 = s00;
    let s11 = s01;
    let s12 = s02;
    let s13 = s03;
    let b = panel;
    let at = offsets;
    let left = taps;
    while (left > 0) {
      let offset = <usize>load<u32>(at, 0);
      let b0 = v128.load(b, 0);
      let b1 = v128.load(b, 16);
      let b2 = v128.load(b, 32);
      let b3 = v128.load(b, 48);
      let v = v128.load32_splat(x + offset);
      s00 = multiplyAdd(v, b0, s00);
      s01 = multiplyAdd(v, b1, s01);
      s02 = multiplyAdd(v, b2, s02);
      s03 = multiplyAdd(v, b3, s03);
      v = v128.load32_splat(xNext + offset);
      s10 = multiplyAdd(v, b0, s10);
      s11 = multiplyAdd(v, b1, s11);
      s12 = multiplyAdd(v, b2, s12);
      s13 = multiplyAdd(v, b3, s13);
      // As in gemm/tiles.ts, the exit keeps Binaryen from fusing the steps of a sum.
      if (left == 1) break;
      offset = <usize>load<u32>(at, 4);
      b0 = v128.load(b, 64);
      b1 = v128.load(b, 80);
      b2 = v128.load(b, 96);
      b3 = v128.load(b, 112);
      v = v128.load32_splat(x + offset);
      s00 = multiplyAdd(v, b0, s00);
      s01 = multiplyAdd(v, b1, s01);
      s02 = multiplyAdd(v, b2, s02);
      s03 = multiplyAdd(v, b3, s03);
      v = v128.load32_splat(xNext + offset);
      s10 = multiplyAdd(v, b0, s10);
      s11 = multiplyAdd(v, b1, s11);
      s12 = multiplyAdd(v, b2, s12);
      s13 = multiplyAdd(v, b3, s13);
      left -= 2;
      b += 128;
      at += 8;
    }
    if (add) {
      s00 = f32x4.add(v128.load(y, 0), s00);
      s01 = f32x4.add(v128.load(y, 16), s01);
      s02 = f32x4.add(v128.load(y, 32), s02);
      s03 = f32x4.add(v128.load(y, 48), s03);
      s10 = f32x4.add(v128.load(yNext, 0), s10);
      s11 = f32x4.add(v128.load(yNext, 16), s11);
      s12 = f32x4.add(v128.load(yNext, 32), s12);
      s13 = f32x4.add(v128.load(yNext, 48), s13);
    }
    v128.store(y, s00, 0);
    v128.store(y, s01, 16);
    v128.store(y, s02, 32);
    v128.store(y, s03, 48);
    v128.store(yNext, s10, 0);
    v128.store(yNext, s11, 16);
    v128.store(yNext, s12, 32);
    v128.store(yNext, s13, 48);
    x = xNext + step;
    y = yNext + pixelBytes;
  }
}

/**
 * dw (=|+=) patchesᵀ·pixels and db (=|+=) Σ pixels, shared by taps: the bias is the weight of one more tap, which always
 * sees 1. Either may be absent.
 */
export function kernelGradientDirect(r: ConvolutionRow, image: usize, pixels: usize, db: usize, workspace: usize): void {
  const weights = tapCount(r);
  const taps = weights + (db ? 1 : 0);
  const from = max(shareStart(taps, 1), r.dw ? 0 : weights);
  const to = shareEnd(taps, 1);
  if (from >= to) return;
  const filterBytes = <usize>r.filters << 2;
  const rows = r.batch * r.outHeight;
  const isLong = rows * r.outWidth > SEGMENT;
  const part = workspace;
  if (isLong) workspace += <usize>(weights + 1) * filterBytes;
  const dw = isLong ? part : r.dw;
  const dbOrPart = isLong ? part + <usize>weights * filterBytes : db;
  const addDw = !isLong && r.addDw != 0;
  const addDb = !isLong && r.addDb != 0;
  let inSegment = 0;
  const one = workspace + (<usize>weights << 2);
  const copy = one + 67 & ~63;
  writeOffsets(r, workspace);
  store<f32>(one, 1);
  const step = <usize>(r.strideX * r.channels) << 2;
  const down = <usize>r.strideY * rowBytesOf(r);
  // Blocks of what openBlock has opened: some rows, or a part of one.
  const mostPixels = isLong ? SHORT_DEPTH : BLOCK_PIXELS;
  const mostRows = isLong ? max(1, SHORT_DEPTH / r.outWidth) : r.blockRows;
  for (let row = 0; row < rows; ) {
    const count = rowsOfBlock(r, row, rows);
    const opened = openBlock(r, image, row, count, copy);
    for (let i = 0; i < count; i += mostRows) {
      const lines = min(mostRows, count - i);
      for (let first = 0; first < r.outWidth; first += mostPixels) {
        const length = lines > 1 ? r.outWidth : min(mostPixels, r.outWidth - first);
        const x = opened + <usize>i * down + <usize>first * step;
        const dy = pixels + <usize>((row + i) * r.outWidth + first) * filterBytes;
        const adds = row + i + first > 0;
        for (let j: usize = 0; j < filterBytes; j += PANEL_ROW_BYTES) {
          let tap = from;
          for (; tap + 1 < to; tap += 2) {
            const next = tap + 1;
            const isBias = next == weights;
            sumPixels(
              lines, length,
              x + load<u32>(workspace + (<usize>tap << 2)), step, down,
              isBias ? one : x + load<u32>(workspace + (<usize>next << 2)), isBias ? 0 : step, isBias ? 0 : down,
              dy + j, filterBytes,
              dw + <usize>tap * filterBytes + j, isBias ? dbOrPart + j : dw + <usize>next * filterBytes + j,
              adds || addDw, adds || (isBias ? addDb : addDw),
            );
          }
          if (tap == to) continue;
          const isBias = tap == weights;
          sumPixelsOfOne(
            lines, length,
            isBias ? one : x + load<u32>(workspace + (<usize>tap << 2)), isBias ? 0 : step, isBias ? 0 : down,
            dy + j, filterBytes,
            isBias ? dbOrPart + j : dw + <usize>tap * filterBytes + j,
            adds || (isBias ? addDb : addDw),
          );
        }
      }
    }
    row += count;
    inSegment += count;
    if (!isLong || ((inSegment + r.blockRows) * r.outWidth <= SEGMENT && row < rows)) continue;
    const carriesOn = row > inSegment;
    const weightRows = min(to, weights) - from;
    if (weightRows > 0) {
      const at = <usize>from * filterBytes;
      carry(weightRows, r.filters, part + at, filterBytes, r.dw + at, filterBytes, carriesOn || r.addDw != 0);
    }
    if (to > weights) carry(1, r.filters, dbOrPart, filterBytes, db, filterBytes, carriesOn || r.addDb != 0);
    inSegment = 0;
  }
}

/**
 * Two taps by sixteen filters over `rows` × `pixels` pixels: c (=|+=) Σ x·dy for each tap. From pixel to pixel a tap moves
 * `step` bytes, from row to row `down` bytes.
 */
function sumPixels(
  rows: i32,
  pixels: i32,
  x0: usize,
  step0: usize,
  down0: usize,
  x1: usize,
  step1: usize,
  down1: usize,
  dy: usize,
  pixelBytes: usize,
  c0: usize,
  c1: usize,
  add0: bool,
  add1: bool,
): void {
  let s00 = f32x4.splat(0);
  let s01 = s00;
  let s02 = s00;
  let s03 = s00;
  let s10 = s00;
  let s11 = s00;
  let s12 = s00;
  let s13 = s00;
  for (let i = 0; i < rows; i++) {
    let at0 = x0;
    let at1 = x1;
    for (let j = 0; j < pixels; j++) {
      const d0 = v128.load(dy, 0);
      const d1 = v128.load(dy, 16);
      const d2 = v128.load(dy, 32);
      const d3 = v128.load(dy, 48);
      let v = v128.load32_splat(at0);
      s00 = multiplyAdd(v, d0, s00);
      s01 = multiplyAdd(v, d1, s01);
      s02 = multiplyAdd(v, d2, s02);
      s03 = multiplyAdd(v, d3, s03);
      v = v128.load32_splat(at1);
      s10 = multiplyAdd(v, d0, s10);
      s11 = multiplyAdd(v, d1, s11);
      s12 = multiplyAdd(v, d2, s12);
      s13 = multiplyAdd(v, d3, s13);
      at0 += step0;
      at1 += step1;
      dy += pixelBytes;
    }
    x0 += down0;
    x1 += down1;
  }
  if (add0) {
    s00 = f32x4.add(v128.load(c0, 0), s00);
    s01 = f32x4.add(v128.load(c0, 16), s01);
    s02 = f32x4.add(v128.load(c0, 32), s02);
    s03 = f32x4.add(v128.load(c0, 48), s03);
  }
  if (add1) {
    s10 = f32x4.add(v128.load(c1, 0), s10);
    s11 = f32x4.add(v128.load(c1, 16), s11);
    s12 = f32x4.add(v128.load(c1, 32), s12);
    s13 = f32x4.add(v128.load(c1, 48), s13);
  }
  v128.store(c0, s00, 0);
  v128.store(c0, s01, 16);
  v128.store(c0, s02, 32);
  v128.store(c0, s03, 48);
  v128.store(c1, s10, 0);
  v128.store(c1, s11, 16);
  v128.store(c1, s12, 32);
  v128.store(c1, s13, 48);
}

/** One tap by sixteen filters, in two thirds of the time of two. */
function sumPixelsOfOne(
  rows: i32,
  pixels: i32,
  x: usize,
  step: usize,
  down: usize,
  dy: usize,
  pixelBytes: usize,
  c: usize,
  add: bool,
): void {
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  for (let i = 0; i < rows; i++) {
    let at = x;
    for (let j = 0; j < pixels; j++) {
      const v = v128.load32_splat(at);
      s0 = multiplyAdd(v, v128.load(dy, 0), s0);
      s1 = multiplyAdd(v, v128.load(dy, 16), s1);
      s2 = multiplyAdd(v, v128.load(dy, 32), s2);
      s3 = multiplyAdd(v, v128.load(dy, 48), s3);
      at += step;
      dy += pixelBytes;
    }
    x += down;
  }
  if (add) {
    s0 = f32x4.add(v128.load(c, 0), s0);
    s1 = f32x4.add(v128.load(c, 16), s1);
    s2 = f32x4.add(v128.load(c, 32), s2);
    s3 = f32x4.add(v128.load(c, 48), s3);
  }
  v128.store(c, s0, 0);
  v128.store(c, s1, 16);
  v128.store(c, s2, 32);
  v128.store(c, s3, 48);
}
