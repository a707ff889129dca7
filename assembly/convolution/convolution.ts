// Convolutions as matrix products. A patch is the part of an image under the kernel at one place, as a row; places are
// `pixels`, the rows of a matrix with one column a filter:
//
//   patches [pixels, taps·channels]   w [taps·channels, filters]   pixels [batch·outHeight·outWidth, filters]
//
//   correlate        pixels = patches·w + b                    conv2d forward, conv2dTranspose backward
//   scatter           image = Σ of patches = pixels·wᵀ          conv2d backward, conv2dTranspose forward
//   kernelGradient   dw = patchesᵀ·pixels                      both backward
//
// Only `blockPixels` patches exist at a time. With groups, each has its own channels and filters, and w its own columns.
// With `blockPixels` 0 there are none: with `blockTiles` the work is done in other ways (winograd.ts), else the image is its
// own matrix of patches: kernels of 1×1 that skip nothing (pointwise.ts has those of whole panels).

import { gemmNN, gemmNT, gemmTN, multiply, SEGMENT, SHORT_DEPTH } from "../gemm/gemm";
import { addPatches, packPatches, packPatchesTransposed } from "./patches";
import { carry, FEW_NUMBERS, overlap, sumColumns } from "../loops/reduce";
import { correlatePointwise, hasFewWeights, isPointwiseInPanels, kernelGradientPointwise, scatterPointwise } from "./pointwise";
import { correlateDirect, kernelGradientDirect } from "./direct";
import { shareEnd, shareStart } from "../executor/threads";
import { correlateWinograd, kernelGradientWinograd, scatterWinograd } from "./winograd/winograd";

/** Rows of conv2d, whose image is x, and of conv2dTranspose, whose image is y. */
// @ts-ignore: decorator
@unmanaged
export class ConvolutionRow {
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
  filters: i32;
  kernelHeight: i32;
  kernelWidth: i32;
  strideY: i32;
  strideX: i32;
  padTop: i32;
  padLeft: i32;
  dilationY: i32;
  dilationX: i32;
  groups: i32;
  blockPixels: i32;
  blockTiles: i32;
  blockRows: i32;
}

/** Pixels that a thread's share of `correlate` is made of. */
const PIXEL_GRAIN: i32 = 16;
/** With fewer channels than this, taps are too short to be copied one by one. */
const FEW_CHANNELS: i32 = 4;
/** Rows of w that a thread's share of `kernelGradient` is made of. */
const TAP_GRAIN: i32 = 4;

// @ts-ignore: decorator
@inline
function pixelCount(r: ConvolutionRow): i32 {
  return r.batch * r.outHeight * r.outWidth;
}

/** Rows of w: numbers in a patch. */
// @ts-ignore: decorator
@inline
function patchLength(r: ConvolutionRow): i32 {
  return r.kernelHeight * r.kernelWidth * (r.channels / r.groups);
}

/** Where the scratch memory of the matrix products begins, behind the patches. */
// @ts-ignore: decorator
@inline
function behindPatches(r: ConvolutionRow, workspace: usize): usize {
  return workspace + ((<usize>(r.blockPixels * patchLength(r)) << 2) + 63 & ~63);
}

/** Whether patches are packed transposed, a row for each column. */
// @ts-ignore: decorator
@inline
function hasFewChannels(r: ConvolutionRow): bool {
  return r.channels < FEW_CHANNELS && r.groups == 1;
}

/** Columns `from` to `to` of the patches of `count` pixels; returns the length of the rows they are packed in. */
function pack(
  r: ConvolutionRow,
  image: usize,
  first: i32,
  count: i32,
  group: i32,
  from: i32,
  to: i32,
  patches: usize,
): i32 {
  if (hasFewChannels(r)) {
    packPatchesTransposed(r, image, first, count, from, to, patches);
    return count;
  }
  packPatches(r, image, first, count, group, from, to, patches);
  return to - from;
}

/** pixels (=|+=) patches of the image·w + bias, shared by pixels. */
export function correlate(
  r: ConvolutionRow,
  image: usize,
  bias: usize,
  pixels: usize,
  add: bool,
  workspace: usize,
): void {
  if (r.blockTiles) {
    correlateWinograd(r, image, bias, pixels, add, workspace);
    return;
  }
  if (r.blockRows) {
    correlateDirect(r, image, bias, pixels, add, workspace);
    return;
  }
  const count = pixelCount(r);
  const filters = r.filters;
  if (!r.blockPixels && isPointwiseInPanels(r)) {
    correlatePointwise(r, image, bias, pixels, add, workspace);
    return;
  }
  if (!r.blockPixels) {
    gemmNN(count, filters, r.channels, image, r.channels, r.w, filters, pixels, filters, bias, add, workspace);
    return;
  }
  const length = patchLength(r);
  const groupFilters = filters / r.groups;
  const scratch = behindPatches(r, workspace);
  const end = shareEnd(count, PIXEL_GRAIN);
  for (let first = shareStart(count, PIXEL_GRAIN); first < end; first += r.blockPixels) {
    const rows = min(r.blockPixels, end - first);
    for (let group = 0; group < r.groups; group++) {
      const lda = pack(r, image, first, rows, group, 0, length, workspace);
      const column = <usize>(group * groupFilters) << 2;
      const w = r.w + column;
      const target = pixels + (<usize>(first * filters) << 2) + column;
      const start = bias ? bias + column : 0;
      multiply(
        rows, groupFilters, length, workspace, lda, hasFewChannels(r), w, filters, false, target, filters, start, add,
        scratch,
      );
    }
  }
}

/** image (=|+=) bias + every pixel·wᵀ at its place, shared by samples: nobody else writes to one's images. */
export function scatter(
  r: ConvolutionRow,
  pixels: usize,
  bias: usize,
  image: usize,
  add: bool,
  workspace: usize,
): void {
  const filters = r.filters;
  if (r.blockTiles) {
    scatterWinograd(r, pixels, bias, image, add, workspace);
    return;
  }
  if (!r.blockPixels) {
    if (isPointwiseInPanels(r)) {
      scatterPointwise(r, pixels, image, add, workspace);
      return;
    }
    const count = pixelCount(r);
    gemmNT(count, r.channels, filters, pixels, filters, r.w, filters, image, r.channels, add, workspace);
    return;
  }
  const firstSample = shareStart(r.batch, 1);
  const endSample = shareEnd(r.batch, 1);
  if (!add) fillImages(r, firstSample, endSample, bias, image);
  const size = r.outHeight * r.outWidth;
  const across = overlap(r.kernelWidth, r.dilationX == 1 ? r.strideX : 1, r.outWidth);
  const down = overlap(r.kernelHeight, r.dilationY == 1 ? r.strideY : 1, r.outHeight);
  if (across * down <= FEW_NUMBERS) {
    addPixels(r, pixels, firstSample * size, endSample * size, image, workspace);
    return;
  }
  for (let sample = firstSample; sample < endSample; sample++) {
    addSampleInParts(r, pixels, sample, across, image, workspace);
  }
}

/**
 * image += every pixel·wᵀ of one sample, where many patches cover a number of it: the beginning of the workspace takes what a
 * few of them add, and the image takes their sums.
 */
function addSampleInParts(
  r: ConvolutionRow,
  pixels: usize,
  sample: i32,
  across: i32,
  image: usize,
  workspace: usize,
): void {
  const rowNumbers = r.width * r.channels;
  const rowBytes = <usize>rowNumbers << 2;
  const imageBytes = <usize>r.height * rowBytes;
  const own = <usize>sample * imageBytes;
  const size = r.outHeight * r.outWidth;
  const patches = workspace + (imageBytes + 63 & ~63);
  const count = across > FEW_NUMBERS ? FEW_NUMBERS : (FEW_NUMBERS / across) * r.outWidth;
  memory.fill(workspace, 0, imageBytes);
  for (let first = 0; first < size; first += count) {
    const end = min(first + count, size);
    addPixels(r, pixels, sample * size + first, sample * size + end, workspace - own, patches);
    const top = max((first / r.outWidth) * r.strideY - r.padTop, 0);
    const last = ((end - 1) / r.outWidth) * r.strideY - r.padTop;
    const bottom = min(last + (r.kernelHeight - 1) * r.dilationY + 1, r.height);
    const at = <usize>top * rowBytes;
    carry(1, (bottom - top) * rowNumbers, workspace + at, 0, image + own + at, 0, true);
  }
}

/** image += pixels `start` to `end`·wᵀ at their places. */
function addPixels(r: ConvolutionRow, pixels: usize, start: i32, end: i32, image: usize, workspace: usize): void {
  const filters = r.filters;
  const length = patchLength(r);
  const groupFilters = filters / r.groups;
  const scratch = behindPatches(r, workspace);
  for (let first = start; first < end; first += r.blockPixels) {
    const rows = min(r.blockPixels, end - first);
    for (let group = 0; group < r.groups; group++) {
      const column = <usize>(group * groupFilters) << 2;
      const source = pixels + (<usize>(first * filters) << 2) + column;
      const w = r.w + column;
      multiply(
        rows, length, groupFilters, source, filters, false, w, filters, true, workspace, length, 0, false, scratch,
      );
      addPatches(r, workspace, first, rows, group, image);
    }
  }
}

/** Every pixel of some images = bias, or 0 where that is absent. */
export function fillImages(r: ConvolutionRow, firstSample: i32, endSample: i32, bias: usize, image: usize): void {
  const channels = r.channels;
  const size = r.height * r.width;
  const start = image + (<usize>(firstSample * size * channels) << 2);
  const bytes = <usize>((endSample - firstSample) * size * channels) << 2;
  if (!bias) {
    memory.fill(start, 0, bytes);
    return;
  }
  const rowBytes = <usize>channels << 2;
  for (let row = start; row < start + bytes; row += rowBytes) memory.copy(row, bias, rowBytes);
}

/**
 * dw (=|+=) patchesᵀ·pixels, shared by rows of dw: the blocks of the sum do not depend on threads. Where pixels are more than
 * a segment (gemm.ts), dw takes the sum of each segment, which stands at the beginning of the workspace.
 */
export function kernelGradient(
  r: ConvolutionRow,
  image: usize,
  pixels: usize,
  workspace: usize,
): void {
  if (r.blockTiles) {
    kernelGradientWinograd(r, image, pixels, workspace);
    return;
  }
  if (r.blockRows) {
    kernelGradientDirect(r, image, pixels, 0, workspace);
    return;
  }
  const count = pixelCount(r);
  const filters = r.filters;
  const add = r.addDw != 0;
  if (!r.blockPixels) {
    if (hasFewWeights(r)) {
      kernelGradientPointwise(r, image, pixels, workspace);
      return;
    }
    gemmTN(r.channels, filters, count, image, r.channels, pixels, filters, r.dw, filters, add, workspace);
    return;
  }
  const length = patchLength(r);
  const from = shareStart(length, TAP_GRAIN);
  const to = shareEnd(length, TAP_GRAIN);
  if (from >= to) return;
  const groupFilters = filters / r.groups;
  const rowBytes = <usize>filters << 2;
  const dwRows = r.dw + <usize>from * rowBytes;
  const isLong = count > SEGMENT;
  const part = workspace;
  if (isLong) workspace += <usize>length * rowBytes + 63 & ~63;
  const scratch = behindPatches(r, workspace);
  let inSegment = 0;
  for (let first = 0; first < count; first += r.blockPixels) {
    const rows = min(r.blockPixels, count - first);
    const adds = first > 0 || (!isLong && add);
    for (let group = 0; group < r.groups; group++) {
      const lda = pack(r, image, first, rows, group, from, to, workspace);
      const column = <usize>(group * groupFilters) << 2;
      const source = pixels + (<usize>(first * filters) << 2) + column;
      const dw = (isLong ? part : dwRows) + column;
      const step = <usize>(hasFewChannels(r) ? 1 : lda) << 2;
      const depth = isLong ? SHORT_DEPTH : rows;
      for (let p = 0; p < rows; p += depth) {
        multiply(
          to - from, groupFilters, min(depth, rows - p), workspace + <usize>p * step, lda, !hasFewChannels(r),
          source + <usize>p * rowBytes, filters, false, dw, filters, 0, adds || p > 0, scratch,
        );
      }
    }
    inSegment += rows;
    if (!isLong || (inSegment + r.blockPixels <= SEGMENT && first + rows < count)) continue;
    carry(to - from, filters, part, rowBytes, dwRows, rowBytes, add || first + rows > inSegment);
    inSegment = 0;
  }
}

/** db (=|+=) the sum over the rows of dy. */
export function biasGradient(r: ConvolutionRow, rows: i32, columns: i32): void {
  if (r.db) sumColumns(rows, columns, r.dy, r.db, r.addDb);
}
