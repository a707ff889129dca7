// Convolutions of 3×3 that move by one pixel, with 16 products where direct sums take 36: Winograd's minimal filtering
// F(2×2, 3×3), after Lavin & Gray, "Fast Algorithms for Convolutional Neural Networks" (2016). With ⊙ element by element,
// maps A, B, G from transforms.ts, and a tile of 4×4 pixels x of the image for each 2×2 pixels y:
//
//   y = Aᵀ[(G w Gᵀ) ⊙ (Bᵀ x B)]A        dx = B[(G w Gᵀ) ⊙ (A dy Aᵀ)]Bᵀ        dw = Gᵀ[(Bᵀ x B) ⊙ (A dy Aᵀ)]G
//
// summed over channels, over filters, over tiles. So each of the 16 numbers of a tile is a matrix product of its own:
//
//   M = V·U    V [tiles, channels]   U [channels, filters]   M [tiles, filters]      and its transposes
//
// Sums have the same order for any number of threads and any batch: over channels and filters from first to last, over
// tiles in blocks of `blockTiles`, counted from the first tile of the batch, and for more than 16 blocks in segments of as
// many (gemm.ts). Rounding is that of direct sums to within a
// factor of two; a NaN or an infinity in the image reaches all pixels of the tiles that cover it.

import { ConvolutionRow, fillImages } from "../convolution";
import { SHORT_DEPTH } from "../../gemm/gemm";
import { multiplyColumns, multiplyRows } from "../../gemm/panels";
import { MAX_DEPTH } from "../../gemm/packed";
import { carry } from "../../loops/reduce";
import { partEnd, partStart, shareEnd, shareStart, synchronize, takePart, takeShare } from "../../executor/threads";
import { addImages, putPixels, tilesOfImage, transformGradients, transformImages } from "./tiles";
import { ALL_ROWS } from "./transforms";
import { PANEL_COLUMNS, putKernels, transformKernels, transformTransposedKernels } from "./weights";

/** Numbers of a plane of u at a time, unless sixteen columns have more: 512 kB for all planes. */
const KERNEL_NUMBERS: i32 = 8192;
const PLANES: usize = 16;
const PLANE_ROWS: i32 = 4;
/** Tiles, and channels, that a thread's share is made of. */
const TILE_GRAIN: i32 = 4;
const CHANNEL_GRAIN: i32 = 4;
/** Blocks of tiles whose sums are added up on their own. */
const SEGMENT_BLOCKS: i32 = 16;

/** Columns of u at a time, given its rows. */
// @ts-ignore: decorator
@inline
function columnsAtOnce(depth: i32): i32 {
  return max(PANEL_COLUMNS, (KERNEL_NUMBERS / depth) & -PANEL_COLUMNS);
}

/** Bytes from plane to plane: an odd number of cache lines, so that the planes of a tile do not meet in one set. */
// @ts-ignore: decorator
@inline
function planeBytes(numbers: i32): usize {
  return ((<usize>numbers << 2) + 63 & ~63) | 64;
}

/** The workspace begins with room for a tile that does not lie inside. */
// @ts-ignore: decorator
@inline
function behindTile(r: ConvolutionRow, workspace: usize): usize {
  return workspace + PLANES * (<usize>max(r.channels, r.filters) << 2);
}

/** M = a·panels in every plane: `rows` of a of `depth` numbers, `columns` of them in panels. */
function multiplyPlanes(
  rows: i32,
  depth: i32,
  columns: i32,
  a: usize,
  aPlane: usize,
  panels: usize,
  panelPlane: usize,
  m: usize,
  mPlane: usize,
): void {
  const aRow = <usize>depth << 2;
  const mRow = <usize>columns << 2;
  // An odd last row has one of nobody behind it.
  const evenRows = (rows + 1) & ~1;
  for (let plane: usize = 0; plane < PLANES; plane++) {
    for (let j = 0; j < columns; j += PANEL_COLUMNS) {
      const panel = panels + (<usize>(j * depth) << 2);
      const target = m + (<usize>j << 2);
      for (let k = 0; k < depth; k += MAX_DEPTH) {
        multiplyRows(
          evenRows, min(MAX_DEPTH, depth - k), a + (<usize>k << 2), aRow, panel + (<usize>k << 6), 0, target, mRow, k > 0,
        );
      }
    }
    a += aPlane;
    panels += panelPlane;
    m += mPlane;
  }
}

/** pixels (=|+=) patches of the image·w + bias, shared by tiles. */
export function correlateWinograd(
  r: ConvolutionRow,
  images: usize,
  bias: usize,
  pixels: usize,
  add: bool,
  workspace: usize,
): void {
  const channels = r.channels;
  const tiles = r.batch * tilesOfImage(r);
  const chunk = columnsAtOnce(channels);
  const isCut = chunk < r.filters;
  const u = behindTile(r, workspace);
  const uPlane = planeBytes(channels * min(chunk, r.filters));
  const v = u + PLANES * uPlane;
  const vPlane = planeBytes(r.blockTiles * channels);
  const m = v + PLANES * vPlane;
  for (let from = 0; from < r.filters; from += chunk) {
    const to = min(from + chunk, r.filters);
    const mPlane = planeBytes(r.blockTiles * (to - from));
    const start = bias ? bias + (<usize>from << 2) : 0;
    transformKernels(r, from, to, u, uPlane);
    for (let round = 0; takeTiles(tiles, TILE_GRAIN, round, isCut); round++) {
      for (let first = partStart; first < partEnd; first += r.blockTiles) {
        const count = min(r.blockTiles, partEnd - first);
        transformImages(r, images, first, count, 0, channels, ALL_ROWS, workspace, v, vPlane);
        multiplyPlanes(count, channels, to - from, v, vPlane, u, uPlane, m, mPlane);
        putPixels(r, first, count, from, to, m, mPlane, start, workspace, pixels, add);
      }
    }
  }
}

/** The next part of a loop over tiles or samples. Where that is one loop for each part of the weights, all must be the same. */
// @ts-ignore: decorator
@inline
function takeTiles(count: i32, grain: i32, round: i32, isCut: bool): bool {
  return isCut ? takeShare(count, grain, round) : takePart(count, grain, round);
}

/** images (=|+=) bias + every pixel·wᵀ at its place, shared by samples. */
export function scatterWinograd(
  r: ConvolutionRow,
  pixels: usize,
  bias: usize,
  images: usize,
  add: bool,
  workspace: usize,
): void {
  const filters = r.filters;
  const chunk = columnsAtOnce(filters);
  const isCut = chunk < r.channels;
  const u = behindTile(r, workspace);
  const uPlane = planeBytes(filters * min(chunk, r.channels));
  const e = u + PLANES * uPlane;
  const ePlane = planeBytes(r.blockTiles * filters);
  const m = e + PLANES * ePlane;
  for (let from = 0; from < r.channels; from += chunk) {
    const to = min(from + chunk, r.channels);
    const mPlane = planeBytes(r.blockTiles * (to - from));
    transformTransposedKernels(r, from, to, workspace, u, uPlane);
    for (let round = 0; takeTiles(r.batch, 1, round, isCut); round++) {
      if (!add && from == 0) fillImages(r, partStart, partEnd, bias, images);
      const end = partEnd * tilesOfImage(r);
      for (let first = partStart * tilesOfImage(r); first < end; first += r.blockTiles) {
        const count = min(r.blockTiles, end - first);
        transformGradients(
          r, pixels, first, count, 0, filters, ALL_ROWS, workspace, e, ePlane, <usize>filters << 2, 64,
        );
        multiplyPlanes(count, filters, to - from, e, ePlane, u, uPlane, m, mPlane);
        addImages(r, first, count, from, to, m, mPlane, workspace, images);
      }
    }
  }
}

/**
 * dw (=|+=) patchesᵀ·pixels, shared by rows of planes, then by channels: a thread transforms what goes into the planes of its
 * products and nothing else. M stands where all threads find it, in the workspace of the first.
 */
export function kernelGradientWinograd(r: ConvolutionRow, images: usize, pixels: usize, workspace: usize): void {
  const groups = r.channels / CHANNEL_GRAIN;
  const end = shareEnd(PLANE_ROWS * groups, 1);
  const chunk = columnsAtOnce(r.channels);
  const m = behindTile(r, r.workspace);
  const mPlane = planeBytes(r.channels * min(chunk, r.filters));
  const behindM = behindTile(r, workspace) + PLANES * mPlane * (hasSegments(r) ? 2 : 1);
  const fromChannel = shareStart(r.channels, CHANNEL_GRAIN);
  const toChannel = shareEnd(r.channels, CHANNEL_GRAIN);
  for (let from = 0; from < r.filters; from += chunk) {
    const to = min(from + chunk, r.filters);
    for (let unit = shareStart(PLANE_ROWS * groups, 1); unit < end; ) {
      const row = unit / groups;
      const group = unit % groups;
      const isWhole = group == 0 && end - unit >= groups;
      const rows = isWhole ? (end - unit) / groups : 1;
      const length = isWhole ? groups : min(groups - group, end - unit);
      const first = group * CHANNEL_GRAIN;
      const last = (group + length) * CHANNEL_GRAIN;
      sumTiles(r, images, pixels, row, rows, first, last, from, to, workspace, behindM, m, mPlane);
      unit += rows * length;
    }
    synchronize();
    const target = m + (<usize>(fromChannel * (to - from)) << 2);
    putKernels(r, fromChannel, toChannel, from, to, target, mPlane);
    // Before M and the workspace it stands in are used again.
    synchronize();
  }
}

/** Whether the tiles of a batch are more blocks than a segment has. */
// @ts-ignore: decorator
@inline
function hasSegments(r: ConvolutionRow): bool {
  return r.batch * tilesOfImage(r) > SEGMENT_BLOCKS * r.blockTiles;
}

/** M = Vᵀ·E in `rows` rows of planes from `row` on, for some channels and filters, over all tiles. */
function sumTiles(
  r: ConvolutionRow,
  images: usize,
  pixels: usize,
  row: i32,
  rows: i32,
  fromChannel: i32,
  toChannel: i32,
  from: i32,
  to: i32,
  scratch: usize,
  v: usize,
  m: usize,
  mPlane: usize,
): void {
  const tiles = r.batch * tilesOfImage(r);
  const channels = toChannel - fromChannel;
  const filters = to - from;
  const planes = rows * 4;
  const mask = ((1 << rows) - 1) << row;
  const vPlane = planeBytes(r.blockTiles * channels);
  const e = v + <usize>planes * vPlane;
  const ePlane = planeBytes(r.blockTiles * filters);
  m += <usize>(row * 4) * mPlane + (<usize>(fromChannel * filters) << 2);
  const isLong = hasSegments(r);
  const part = isLong ? m + PLANES * mPlane : m;
  const segment = SEGMENT_BLOCKS * r.blockTiles;
  for (let first = 0; first < tiles; first += r.blockTiles) {
    const count = min(r.blockTiles, tiles - first);
    const panel = <usize>count << 6;
    transformImages(r, images, first, count, fromChannel, toChannel, mask, scratch, v, vPlane);
    transformGradients(r, pixels, first, count, from, to, mask, scratch, e, ePlane, 64, panel);
    addPlanes(planes, channels, count, filters, v, vPlane, e, ePlane, part, mPlane, first > 0);
    const behind = first + r.blockTiles;
    if (isLong && (behind % segment == 0 || behind >= tiles)) {
      for (let plane: usize = 0; plane < <usize>planes; plane++) {
        const at = plane * mPlane;
        carry(1, channels * filters, part + at, 0, m + at, 0, behind > segment);
      }
    }
  }
}

/** M (=|+=) Vᵀ·E in some planes, for `count` tiles. */
function addPlanes(
  planes: i32,
  channels: i32,
  count: i32,
  filters: i32,
  v: usize,
  vPlane: usize,
  e: usize,
  ePlane: usize,
  m: usize,
  mPlane: usize,
  accumulate: bool,
): void {
  const vRow = <usize>channels << 2;
  const mRow = <usize>filters << 2;
  for (let plane = 0; plane < planes; plane++) {
    for (let j = 0; j < filters; j += PANEL_COLUMNS) {
      const panel = e + (<usize>(j * count) << 2);
      const target = m + (<usize>j << 2);
      for (let p = 0; p < count; p += SHORT_DEPTH) {
        multiplyColumns(
          channels, min(SHORT_DEPTH, count - p), v + <usize>p * vRow, vRow, panel + (<usize>p << 6), 64, 0, target, mRow,
          accumulate || p > 0, 0, 0, 0, 0,
        );
      }
    }
    v += vPlane;
    e += ePlane;
    m += mPlane;
  }
}
