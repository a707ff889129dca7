// Convolutions of 3×3 that move by one pixel, with 16 products where direct sums take 36: Winograd's minimal filtering
// F(2×2, 3×3), after Lavin & Gray, "Fast Algorithms for Convolutional Neural Networks" (2016). With ⊙ element by element,
// maps A, B, G from winograd/transforms.ts, and a tile of 4×4 pixels x of the image for each 2×2 pixels y:
//
//   y = Aᵀ[(G w Gᵀ) ⊙ (Bᵀ x B)]A        dx = B[(G w Gᵀ) ⊙ (A dy Aᵀ)]Bᵀ        dw = Gᵀ[(Bᵀ x B) ⊙ (A dy Aᵀ)]G
//
// summed over channels, over filters, over tiles. So each of the 16 numbers of a tile is a matrix product of its own:
//
//   M = V·U    V [tiles, channels]   U [channels, filters]   M [tiles, filters]      and its transposes
//
// Sums have the same order for any number of threads and any batch: over channels and filters from first to last, over
// tiles in blocks of `blockTiles`, counted from the first tile of the batch. Rounding is that of direct sums to within a
// factor of two; a NaN or an infinity in the image reaches all pixels of the tiles that cover it.

import { ConvolutionRow } from "./convolution";
import { addFloats, copyFloats } from "./patches";
import { shareEnd, shareStart } from "./threads";
import { multiplyColumns, multiplyRows } from "./winograd/products";
import {
  addImageOfProducts,
  kernelOfProducts,
  pixelsOfProducts,
  transformImage,
  transformKernel,
  transformPixels,
} from "./winograd/transforms";

/** Numbers of a plane of u at a time, unless sixteen columns have more: 512 kB for all planes. */
const KERNEL_NUMBERS: i32 = 8192;
/** Channels and filters are multiples of this: columns of a strip. */
const STRIP: i32 = 16;
const PLANES: usize = 16;
/** Tiles, and channels, that a thread's share is made of. */
const TILE_GRAIN: i32 = 4;
const CHANNEL_GRAIN: i32 = 4;

/** Columns of u at a time, given its rows. */
// @ts-ignore: decorator
@inline
function columnsAtOnce(depth: i32): i32 {
  return max(STRIP, (KERNEL_NUMBERS / depth) & -STRIP);
}

/** Bytes from plane to plane: an odd number of cache lines, so that the planes of a tile do not meet in one set. */
// @ts-ignore: decorator
@inline
function planeBytes(numbers: i32): usize {
  return ((<usize>numbers << 2) + 63 & ~63) | 64;
}

// @ts-ignore: decorator
@inline
function tilesAcross(r: ConvolutionRow): i32 {
  return (r.outWidth + 1) >> 1;
}

// @ts-ignore: decorator
@inline
function tilesOfImage(r: ConvolutionRow): i32 {
  return ((r.outHeight + 1) >> 1) * tilesAcross(r);
}

/** First row of pixels of a tile. */
// @ts-ignore: decorator
@inline
function pixelY(r: ConvolutionRow, tile: i32): i32 {
  return ((tile % tilesOfImage(r)) / tilesAcross(r)) << 1;
}

/** First column of pixels of a tile. */
// @ts-ignore: decorator
@inline
function pixelX(r: ConvolutionRow, tile: i32): i32 {
  return (tile % tilesAcross(r)) << 1;
}

/** The workspace begins with room for a tile that does not lie inside. */
// @ts-ignore: decorator
@inline
function behindTile(r: ConvolutionRow, workspace: usize): usize {
  return workspace + PLANES * (<usize>max(r.channels, r.filters) << 2);
}

// @ts-ignore: decorator
@inline
function isInside(y: i32, x: i32, size: i32, height: i32, width: i32): bool {
  return y >= 0 && x >= 0 && y + size <= height && x + size <= width;
}

/** to = the `size` × `size` pixels from (y, x) on, `count` numbers of each; 0 outside the image. */
function copyTile(
  image: usize,
  y: i32,
  x: i32,
  size: i32,
  height: i32,
  width: i32,
  pixel: usize,
  count: i32,
  to: usize,
): void {
  const bytes = <usize>count << 2;
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      const at = image + <usize>((y + i) * width + x + j) * pixel;
      if (<u32>(y + i) < <u32>height && <u32>(x + j) < <u32>width) copyFloats(at, to, count);
      else memory.fill(to, 0, bytes);
      to += bytes;
    }
  }
}

/** What of a tile of `size` × `size` pixels lies inside the image, to where it belongs there. */
function putTile(
  tile: usize,
  y: i32,
  x: i32,
  size: i32,
  height: i32,
  width: i32,
  pixel: usize,
  count: i32,
  image: usize,
  add: bool,
): void {
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      const at = image + <usize>((y + i) * width + x + j) * pixel;
      if (<u32>(y + i) < <u32>height && <u32>(x + j) < <u32>width) {
        if (add) addFloats(tile, at, count);
        else copyFloats(tile, at, count);
      }
      tile += <usize>count << 2;
    }
  }
}

/** V of `count` tiles from `first` on: channels `from` to `to`, `to − from` of them to a row. */
function transformImages(
  r: ConvolutionRow,
  images: usize,
  first: i32,
  count: i32,
  from: i32,
  to: i32,
  scratch: usize,
  v: usize,
  plane: usize,
): void {
  const height = r.height;
  const width = r.width;
  const channels = to - from;
  const pixel = <usize>r.channels << 2;
  const bytes = <usize>channels << 2;
  for (let tile = first; tile < first + count; tile++) {
    const y = pixelY(r, tile) - r.padTop;
    const x = pixelX(r, tile) - r.padLeft;
    const image = images + <usize>((tile / tilesOfImage(r)) * height * width) * pixel + (<usize>from << 2);
    if (isInside(y, x, 4, height, width)) {
      transformImage(image + <usize>(y * width + x) * pixel, <usize>width * pixel, pixel, channels, v, plane);
    } else {
      copyTile(image, y, x, 4, height, width, pixel, channels, scratch);
      transformImage(scratch, 4 * bytes, bytes, channels, v, plane);
    }
    v += bytes;
  }
}

/** E of `count` tiles from `first` on: filters `from` to `to` of dy. Tiles are `row` bytes apart, strips `strip` bytes. */
function transformGradients(
  r: ConvolutionRow,
  pixels: usize,
  first: i32,
  count: i32,
  from: i32,
  to: i32,
  scratch: usize,
  e: usize,
  plane: usize,
  row: usize,
  strip: usize,
): void {
  const height = r.outHeight;
  const width = r.outWidth;
  const filters = to - from;
  const pixel = <usize>r.filters << 2;
  const bytes = <usize>filters << 2;
  for (let tile = first; tile < first + count; tile++) {
    const y = pixelY(r, tile);
    const x = pixelX(r, tile);
    const image = pixels + <usize>((tile / tilesOfImage(r)) * height * width) * pixel + (<usize>from << 2);
    if (isInside(y, x, 2, height, width)) {
      const at = image + <usize>(y * width + x) * pixel;
      transformPixels(at, <usize>width * pixel, pixel, filters, e, plane, strip);
    } else {
      copyTile(image, y, x, 2, height, width, pixel, filters, scratch);
      transformPixels(scratch, 2 * bytes, bytes, filters, e, plane, strip);
    }
    e += row;
  }
}

/** U of filters `from` to `to`, in strips of sixteen filters with a row for each channel. */
function transformKernels(r: ConvolutionRow, from: i32, to: i32, u: usize, plane: usize): void {
  const tap = <usize>(r.channels * r.filters) << 2;
  for (let j = from; j < to; j += STRIP) {
    for (let channel = 0; channel < r.channels; channel++) {
      const w = r.w + (<usize>(channel * r.filters + j) << 2);
      for (let k: usize = 0; k < 64; k += 16) transformKernel(w + k, tap, u + k, plane);
      u += 64;
    }
  }
}

/** Uᵀ of channels `from` to `to`, in strips of sixteen channels with a row for each filter. */
function transformTransposedKernels(
  r: ConvolutionRow,
  from: i32,
  to: i32,
  scratch: usize,
  u: usize,
  plane: usize,
): void {
  const filters = r.filters;
  const tap = <usize>(r.channels * filters) << 2;
  for (let channel = from; channel < to; channel++) {
    const strip = u + (<usize>(((channel - from) & -STRIP) * filters + ((channel - from) & (STRIP - 1))) << 2);
    for (let filter = 0; filter < filters; filter += 4) {
      transformKernel(r.w + (<usize>(channel * filters + filter) << 2), tap, scratch, 16);
      let to = strip + (<usize>filter << 6);
      for (let from = scratch; from < scratch + 256; from += 16) {
        const four = v128.load(from);
        v128.store32_lane(to, four, 0);
        v128.store32_lane(to, four, 1, 64);
        v128.store32_lane(to, four, 2, 128);
        v128.store32_lane(to, four, 3, 192);
        to += plane;
      }
    }
  }
}

/** M = a·strips in every plane: `rows` of a of `depth` numbers, `columns` of them in strips. */
function multiplyPlanes(
  rows: i32,
  depth: i32,
  columns: i32,
  a: usize,
  aPlane: usize,
  strips: usize,
  stripPlane: usize,
  m: usize,
  mPlane: usize,
): void {
  const aRow = <usize>depth << 2;
  const mRow = <usize>columns << 2;
  // An odd last row has one of nobody behind it.
  const evenRows = (rows + 1) & ~1;
  for (let plane: usize = 0; plane < PLANES; plane++) {
    for (let j = 0; j < columns; j += STRIP) {
      multiplyRows(evenRows, depth, a, aRow, strips + (<usize>(j * depth) << 2), m + (<usize>j << 2), mRow);
    }
    a += aPlane;
    strips += stripPlane;
    m += mPlane;
  }
}

/** pixels (=|+=) patches of the image·w + bias, shared by tiles. */
export function correlateTiles(
  r: ConvolutionRow,
  images: usize,
  bias: usize,
  pixels: usize,
  add: bool,
  workspace: usize,
): void {
  const channels = r.channels;
  const tiles = r.batch * tilesOfImage(r);
  const start = shareStart(tiles, TILE_GRAIN);
  const end = shareEnd(tiles, TILE_GRAIN);
  if (start >= end) return;
  const chunk = columnsAtOnce(channels);
  const u = behindTile(r, workspace);
  const uPlane = planeBytes(channels * min(chunk, r.filters));
  const v = u + PLANES * uPlane;
  const vPlane = planeBytes(r.blockTiles * channels);
  const m = v + PLANES * vPlane;
  for (let from = 0; from < r.filters; from += chunk) {
    const to = min(from + chunk, r.filters);
    const mPlane = planeBytes(r.blockTiles * (to - from));
    transformKernels(r, from, to, u, uPlane);
    for (let first = start; first < end; first += r.blockTiles) {
      const count = min(r.blockTiles, end - first);
      transformImages(r, images, first, count, 0, channels, workspace, v, vPlane);
      multiplyPlanes(count, channels, to - from, v, vPlane, u, uPlane, m, mPlane);
      const start = bias ? bias + (<usize>from << 2) : 0;
      putPixels(r, first, count, from, to, m, mPlane, start, workspace, pixels, add);
    }
  }
}

/** pixels (=|+=) bias + what comes of M for `count` tiles from `first` on, filters `from` to `to`. */
function putPixels(
  r: ConvolutionRow,
  first: i32,
  count: i32,
  from: i32,
  to: i32,
  m: usize,
  plane: usize,
  bias: usize,
  scratch: usize,
  pixels: usize,
  add: bool,
): void {
  const height = r.outHeight;
  const width = r.outWidth;
  const filters = to - from;
  const pixel = <usize>r.filters << 2;
  const bytes = <usize>filters << 2;
  for (let tile = first; tile < first + count; tile++) {
    const y = pixelY(r, tile);
    const x = pixelX(r, tile);
    const image = pixels + <usize>((tile / tilesOfImage(r)) * height * width) * pixel + (<usize>from << 2);
    if (isInside(y, x, 2, height, width)) {
      const at = image + <usize>(y * width + x) * pixel;
      pixelsOfProducts(m, plane, filters, bias, at, <usize>width * pixel, pixel, add);
    } else {
      pixelsOfProducts(m, plane, filters, bias, scratch, 2 * bytes, bytes, false);
      putTile(scratch, y, x, 2, height, width, pixel, filters, image, add);
    }
    m += bytes;
  }
}

/** images += every pixel·wᵀ at its place, for the tiles from `start` to `end`. */
export function spreadTiles(
  r: ConvolutionRow,
  pixels: usize,
  images: usize,
  startSample: i32,
  endSample: i32,
  workspace: usize,
): void {
  const filters = r.filters;
  const chunk = columnsAtOnce(filters);
  const u = behindTile(r, workspace);
  const uPlane = planeBytes(filters * min(chunk, r.channels));
  const e = u + PLANES * uPlane;
  const ePlane = planeBytes(r.blockTiles * filters);
  const m = e + PLANES * ePlane;
  const end = endSample * tilesOfImage(r);
  for (let from = 0; from < r.channels; from += chunk) {
    const to = min(from + chunk, r.channels);
    const mPlane = planeBytes(r.blockTiles * (to - from));
    transformTransposedKernels(r, from, to, workspace, u, uPlane);
    for (let first = startSample * tilesOfImage(r); first < end; first += r.blockTiles) {
      const count = min(r.blockTiles, end - first);
      transformGradients(r, pixels, first, count, 0, filters, workspace, e, ePlane, <usize>filters << 2, 64);
      multiplyPlanes(count, filters, to - from, e, ePlane, u, uPlane, m, mPlane);
      addImages(r, first, count, from, to, m, mPlane, workspace, images);
    }
  }
}

/** images += what comes of M for `count` tiles from `first` on, channels `from` to `to`. */
function addImages(
  r: ConvolutionRow,
  first: i32,
  count: i32,
  from: i32,
  to: i32,
  m: usize,
  plane: usize,
  scratch: usize,
  images: usize,
): void {
  const height = r.height;
  const width = r.width;
  const channels = to - from;
  const pixel = <usize>r.channels << 2;
  const bytes = <usize>channels << 2;
  for (let tile = first; tile < first + count; tile++) {
    const y = pixelY(r, tile) - r.padTop;
    const x = pixelX(r, tile) - r.padLeft;
    const image = images + <usize>((tile / tilesOfImage(r)) * height * width) * pixel + (<usize>from << 2);
    if (isInside(y, x, 4, height, width)) {
      const at = image + <usize>(y * width + x) * pixel;
      addImageOfProducts(m, plane, channels, at, <usize>width * pixel, pixel);
    } else {
      memory.fill(scratch, 0, 16 * bytes);
      addImageOfProducts(m, plane, channels, scratch, 4 * bytes, bytes);
      putTile(scratch, y, x, 4, height, width, pixel, channels, image, true);
    }
    m += bytes;
  }
}

/** dw (=|+=) patchesᵀ·pixels, shared by channels. */
export function kernelGradientOfTiles(r: ConvolutionRow, images: usize, pixels: usize, workspace: usize): void {
  const tiles = r.batch * tilesOfImage(r);
  const fromChannel = shareStart(r.channels, CHANNEL_GRAIN);
  const toChannel = shareEnd(r.channels, CHANNEL_GRAIN);
  const channels = toChannel - fromChannel;
  if (channels <= 0) return;
  const chunk = columnsAtOnce(r.channels);
  const m = behindTile(r, workspace);
  const mPlane = planeBytes(channels * min(chunk, r.filters));
  const v = m + PLANES * mPlane;
  const vPlane = planeBytes(r.blockTiles * channels);
  const e = v + PLANES * vPlane;
  for (let from = 0; from < r.filters; from += chunk) {
    const to = min(from + chunk, r.filters);
    const ePlane = planeBytes(r.blockTiles * (to - from));
    for (let first = 0; first < tiles; first += r.blockTiles) {
      const count = min(r.blockTiles, tiles - first);
      const strip = <usize>count << 6;
      transformImages(r, images, first, count, fromChannel, toChannel, workspace, v, vPlane);
      transformGradients(r, pixels, first, count, from, to, workspace, e, ePlane, 64, strip);
      addPlanes(channels, count, to - from, v, vPlane, e, ePlane, m, mPlane, first > 0);
    }
    putKernels(r, fromChannel, toChannel, from, to, m, mPlane);
  }
}

/** M (=|+=) Vᵀ·E in every plane, for `count` tiles. */
function addPlanes(
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
  for (let plane: usize = 0; plane < PLANES; plane++) {
    for (let j = 0; j < filters; j += STRIP) {
      multiplyColumns(channels, count, v, vRow, e + (<usize>(j * count) << 2), m + (<usize>j << 2), mRow, accumulate);
    }
    v += vPlane;
    e += ePlane;
    m += mPlane;
  }
}

/** The rows of dw of some channels, filters `from` to `to`, from M. */
function putKernels(
  r: ConvolutionRow,
  fromChannel: i32,
  toChannel: i32,
  from: i32,
  to: i32,
  m: usize,
  plane: usize,
): void {
  const tap = <usize>(r.channels * r.filters) << 2;
  for (let channel = fromChannel; channel < toChannel; channel++) {
    for (let filter = from; filter < to; filter += 4) {
      kernelOfProducts(m, plane, r.dw + (<usize>(channel * r.filters + filter) << 2), tap, r.addDw != 0);
      m += 16;
    }
  }
}
