// Convolutions of 1×1: the image is its own matrix of patches, and is read as it stands.
//
//   y = x·w + b        dx = dy·wᵀ        dw = xᵀ·dy        x [pixels, channels]   w [channels, filters]   y [pixels, filters]
//
// Channels and filters come in panels of sixteen and are few enough for one block of a reduction over them, so sums have the
// order that gemm.ts gives them, and its bits.

import { ConvolutionRow } from "./convolution";
import { blockDepth, SEGMENT, SHORT_DEPTH } from "../gemm/gemm";
import { copyRows16, transpose } from "../gemm/pack";
import { MAX_DEPTH } from "../gemm/packed";
import { multiplyColumns, multiplyRows } from "../gemm/panels";
import { shareEnd, shareStart } from "../executor/threads";
import { carry } from "../loops/reduce";

const PANEL_COLUMNS: i32 = 16;
const PANEL_ROW_BYTES: usize = 64;
/** Pixels that pass all panels before the next do: with their sums a part of L1. */
const ROWS: i32 = 64;
/** Pixels of dw at a time, whose numbers stay in L1 while every tile of dw takes them. */
const DEPTH: i32 = 33;
/** Largest dw that is summed so: with more work for each pixel it pays to pack them. */
const FEW_WEIGHTS: i32 = 2048;

/** Whether channels and filters are such as this file is for. */
export function isPointwiseInPanels(r: ConvolutionRow): bool {
  return !((r.channels | r.filters) & (PANEL_COLUMNS - 1)) && r.channels <= MAX_DEPTH && r.filters <= MAX_DEPTH;
}

/** Whether pixels of dw are read where they lie. */
export function hasFewWeights(r: ConvolutionRow): bool {
  return isPointwiseInPanels(r) && r.channels * r.filters <= FEW_WEIGHTS;
}

/** c (=|+=) start + a·panels for `count` rows of a, shared by rows. */
function multiplyPanels(
  count: i32,
  columns: i32,
  depth: i32,
  a: usize,
  panels: usize,
  start: usize,
  c: usize,
  add: bool,
): void {
  const aRow = <usize>depth << 2;
  const cRow = <usize>columns << 2;
  const end = shareEnd(count, 2);
  const evenEnd = end & ~1;
  for (let i = shareStart(count, 2); i < evenEnd; i += ROWS) {
    const rows = min(ROWS, evenEnd - i);
    for (let j = 0; j < columns; j += PANEL_COLUMNS) {
      multiplyPanel(rows, j, depth, a + <usize>i * aRow, aRow, panels, start, c + <usize>i * cRow, cRow, add);
    }
  }
  if (evenEnd == end) return;
  // Rows go in twos: the last of an odd number is both of them.
  for (let j = 0; j < columns; j += PANEL_COLUMNS) {
    multiplyPanel(2, j, depth, a + <usize>evenEnd * aRow, 0, panels, start, c + <usize>evenEnd * cRow, 0, add);
  }
}

/** The panel that begins with column j. */
// @ts-ignore: decorator
@inline
function multiplyPanel(
  rows: i32,
  j: i32,
  depth: i32,
  a: usize,
  aRow: usize,
  panels: usize,
  start: usize,
  c: usize,
  cRow: usize,
  add: bool,
): void {
  const at = <usize>j << 2;
  multiplyRows(rows, depth, a, aRow, panels + <usize>depth * at, start ? start + at : 0, c + at, cRow, add);
}

/** y (=|+=) x·w + b, shared by pixels. */
export function correlatePointwise(
  r: ConvolutionRow,
  image: usize,
  bias: usize,
  pixels: usize,
  add: bool,
  workspace: usize,
): void {
  const channels = r.channels;
  const filters = r.filters;
  for (let j = 0; j < filters; j += PANEL_COLUMNS) {
    copyRows16(channels, r.w + (<usize>j << 2), <usize>filters << 2, workspace + (<usize>(j * channels) << 2));
  }
  multiplyPanels(r.batch * r.outHeight * r.outWidth, filters, channels, image, workspace, bias, pixels, add);
}

/** dx (=|+=) dy·wᵀ, shared by pixels. */
export function scatterPointwise(r: ConvolutionRow, pixels: usize, image: usize, add: bool, workspace: usize): void {
  const channels = r.channels;
  const filters = r.filters;
  const wRow = <usize>filters << 2;
  for (let j = 0; j < channels; j += PANEL_COLUMNS) {
    transpose(PANEL_COLUMNS, filters, r.w + <usize>j * wRow, wRow, workspace + (<usize>(j * filters) << 2), <usize>PANEL_COLUMNS << 2);
  }
  multiplyPanels(r.batch * r.outHeight * r.outWidth, channels, filters, pixels, workspace, 0, image, add);
}

/**
 * dw (=|+=) xᵀ·dy, shared by channels. Sums of a block of the reduction, begun from 0 and added to dw when they are complete,
 * wait in the workspace while the next pixels come into L1: those are fetched by the way, so that a panel does not begin by
 * waiting for its numbers (Zen 4, numbers in L3: 1.25 times as fast).
 */
export function kernelGradientPointwise(r: ConvolutionRow, image: usize, pixels: usize, workspace: usize): void {
  const from = shareStart(r.channels, 2);
  const channels = shareEnd(r.channels, 2) - from;
  if (channels <= 0) return;
  const count = r.batch * r.outHeight * r.outWidth;
  const xRow = <usize>r.channels << 2;
  const row = <usize>r.filters << 2;
  const dw = r.dw + <usize>from * row;
  const pairs = <usize>channels >> 1;
  const panels = row / PANEL_ROW_BYTES;
  const own = <usize>from << 2;
  // Where there are several segments (gemm.ts), the sum of one of them stands behind the sums that wait.
  const isLong = count > SEGMENT;
  const block = isLong ? SHORT_DEPTH : blockDepth(count);
  const part = workspace + <usize>r.channels * row;
  let inSegment = 0;
  let x = image;
  let dy = pixels;
  for (let first = 0; first < count; first += block) {
    const depth = min(block, count - first);
    const adds = first > 0 || (!isLong && r.addDw != 0);
    for (let i = 0; i < depth; i += DEPTH) {
      const rows = min(DEPTH, depth - i);
      const isLast = i + rows == depth;
      const start = i ? workspace : 0;
      const target = !isLast ? workspace : isLong ? part : dw;
      let nextX = x + <usize>rows * xRow;
      let nextDy = dy + <usize>rows * row;
      const nextRows = <usize>min(DEPTH, count - first - i - rows);
      // Rounded down, so that nothing behind the last pixel is read.
      const nextXBytes = (nextRows * xRow) / (pairs * panels);
      const nextDyBytes = (nextRows * row) / (pairs * panels);
      for (let j: usize = 0; j < row; j += PANEL_ROW_BYTES) {
        multiplyColumns(
          channels, rows, x + own, xRow, dy + j, row, start ? start + j : 0, target + j, row, isLast && adds,
          nextX, nextXBytes, nextDy, nextDyBytes,
        );
        nextX += pairs * nextXBytes;
        nextDy += pairs * nextDyBytes;
      }
      x += <usize>rows * xRow;
      dy += <usize>rows * row;
    }
    inSegment += depth;
    if (!isLong || (inSegment + block <= SEGMENT && first + depth < count)) continue;
    carry(channels, r.filters, part, row, dw, row, r.addDw != 0 || first + depth > inSegment);
    inSegment = 0;
  }
}
