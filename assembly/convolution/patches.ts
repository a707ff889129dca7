// Between images and patches (convolution.ts): copies into patches, sums out of them.

import { ConvolutionRow } from "./convolution";

/** Floats a run of taps side by side in the image has: all of a kernel's row, unless dilation or groups part them. */
// @ts-ignore: decorator
@inline
function tapsTogether(r: ConvolutionRow): i32 {
  return r.dilationX == 1 && r.groups == 1 ? r.kernelWidth : 1;
}

/** Copies `count` floats. */
// @ts-ignore: decorator
@inline
export function copyFloats(from: usize, to: usize, count: i32): void {
  let i = 0;
  for (; i + 4 <= count; i += 4) v128.store(to + (<usize>i << 2), v128.load(from + (<usize>i << 2)));
  for (; i < count; i++) store<f32>(to + (<usize>i << 2), load<f32>(from + (<usize>i << 2)));
}

// @ts-ignore: decorator
@inline
function zeroFloats(to: usize, count: i32): void {
  for (let i = 0; i < count; i++) store<f32>(to + (<usize>i << 2), 0);
}

// @ts-ignore: decorator
@inline
export function addFloats(from: usize, to: usize, count: i32): void {
  let i = 0;
  for (; i + 4 <= count; i += 4) {
    const at = <usize>i << 2;
    v128.store(to + at, f32x4.add(v128.load(to + at), v128.load(from + at)));
  }
  for (; i < count; i++) {
    const at = <usize>i << 2;
    store<f32>(to + at, load<f32>(to + at) + load<f32>(from + at));
  }
}

// @ts-ignore: decorator
@inline
function clamp(value: i32, low: i32, high: i32): i32 {
  return max(low, min(high, value));
}

/** First of the points start, start + step, … that is not negative. */
// @ts-ignore: decorator
@inline
export function firstInside(start: i32, step: i32): i32 {
  return start < 0 ? (step - 1 - start) / step : 0;
}

/** One past the last of `count` points start, start + step, … that is below `size`. */
// @ts-ignore: decorator
@inline
export function endInside(start: i32, size: i32, count: i32, step: i32): i32 {
  return start < size ? min(count, (size - 1 - start) / step + 1) : 0;
}

/**
 * Columns `from` to `to` of the patches at `count` pixels from `first` on, transposed: a row for each column. For images
 * of so few channels that the taps of a pixel are soon over. No groups.
 */
export function packPatchesTransposed(
  r: ConvolutionRow,
  image: usize,
  first: i32,
  count: i32,
  from: i32,
  to: i32,
  taps: usize,
): void {
  for (let column = from; column < to; column++) {
    const tap = column / r.channels;
    const top = (tap / r.kernelWidth) * r.dilationY - r.padTop;
    const left = (tap % r.kernelWidth) * r.dilationX - r.padLeft;
    packColumn(r, image + (<usize>(column % r.channels) << 2), top, left, first, count, taps);
    taps += <usize>count << 2;
  }
}

/** What `count` pixels from `first` on see at (top, left) from where they stand, row by row of pixels. */
function packColumn(
  r: ConvolutionRow,
  image: usize,
  top: i32,
  left: i32,
  first: i32,
  count: i32,
  target: usize,
): void {
  const firstX = firstInside(left, r.strideX);
  const endX = endInside(left, r.width, r.outWidth, r.strideX);
  const step = <usize>(r.strideX * r.channels) << 2;
  const end = first + count;
  while (first < end) {
    const row = first / r.outWidth;
    const rowStart = row * r.outWidth;
    const from = first - rowStart;
    const to = min(end - rowStart, r.outWidth);
    const y = (row % r.outHeight) * r.strideY + top;
    const isInside = <u32>y < <u32>r.height;
    const begin = isInside ? clamp(firstX, from, to) : to;
    const stop = isInside ? clamp(endX, begin, to) : to;
    const pixel = ((row / r.outHeight) * r.height + y) * r.width + begin * r.strideX + left;
    zeroFloats(target, begin - from);
    target += <usize>(begin - from) << 2;
    copyEvery(image + (<usize>(pixel * r.channels) << 2), step, target, stop - begin);
    target += <usize>(stop - begin) << 2;
    zeroFloats(target, to - stop);
    target += <usize>(to - stop) << 2;
    first = rowStart + to;
  }
}

/** Copies `count` floats that stand `step` bytes apart. */
// @ts-ignore: decorator
@inline
function copyEvery(from: usize, step: usize, to: usize, count: i32): void {
  if (step == 4) {
    copyFloats(from, to, count);
    return;
  }
  for (let i = 0; i < count; i++) {
    store<f32>(to, load<f32>(from));
    from += step;
    to += 4;
  }
}

/**
 * Columns `from` to `to` of the patches of one group at `count` pixels from `first` on, one behind the other. Taps
 * outside the image are 0.
 */
export function packPatches(
  r: ConvolutionRow,
  image: usize,
  first: i32,
  count: i32,
  group: i32,
  from: i32,
  to: i32,
  patches: usize,
): void {
  const groupChannels = r.channels / r.groups;
  const imageBytes = <usize>(r.height * r.width * r.channels) << 2;
  const patchBytes = <usize>(to - from) << 2;
  const size = r.outHeight * r.outWidth;
  let oy = (first % size) / r.outWidth;
  let ox = first % r.outWidth;
  image += <usize>(first / size) * imageBytes + (<usize>(group * groupChannels) << 2);
  for (let i = 0; i < count; i++) {
    packPatch(r, image, oy * r.strideY - r.padTop, ox * r.strideX - r.padLeft, groupChannels, from, to, patches);
    patches += patchBytes;
    if (++ox < r.outWidth) continue;
    ox = 0;
    if (++oy < r.outHeight) continue;
    oy = 0;
    image += imageBytes;
  }
}

/** Columns `from` to `to` of the patch whose first tap lies at (top, left). */
function packPatch(
  r: ConvolutionRow,
  image: usize,
  top: i32,
  left: i32,
  groupChannels: i32,
  from: i32,
  to: i32,
  patch: usize,
): void {
  const together = tapsTogether(r);
  const length = together * groupChannels;
  let column = 0;
  for (let ky = 0; ky < r.kernelHeight; ky++) {
    const y = top + ky * r.dilationY;
    const isInside = <u32>y < <u32>r.height;
    for (let kx = 0; kx < r.kernelWidth; kx += together) {
      const x = left + kx * r.dilationX;
      const start = max(column, from);
      const end = min(column + length, to);
      if (start < end) {
        const firstInside = isInside ? clamp(column + max(-x, 0) * groupChannels, start, end) : end;
        const endInside = isInside ? clamp(column + (r.width - x) * groupChannels, firstInside, end) : end;
        const source = image + (<usize>((y * r.width + x) * r.channels + firstInside - column) << 2);
        const target = patch + (<usize>(start - from) << 2);
        zeroFloats(target, firstInside - start);
        copyFloats(source, target + (<usize>(firstInside - start) << 2), endInside - firstInside);
        zeroFloats(target + (<usize>(endInside - start) << 2), end - endInside);
      }
      column += length;
    }
  }
}

/** Adds the patches of one group at `count` pixels from `first` on to the images they were taken from. */
export function addPatches(
  r: ConvolutionRow,
  patches: usize,
  first: i32,
  count: i32,
  group: i32,
  image: usize,
): void {
  const groupChannels = r.channels / r.groups;
  const imageBytes = <usize>(r.height * r.width * r.channels) << 2;
  const patchBytes = <usize>(r.kernelHeight * r.kernelWidth * groupChannels) << 2;
  const size = r.outHeight * r.outWidth;
  let oy = (first % size) / r.outWidth;
  let ox = first % r.outWidth;
  image += <usize>(first / size) * imageBytes + (<usize>(group * groupChannels) << 2);
  for (let i = 0; i < count; i++) {
    addPatch(r, patches, oy * r.strideY - r.padTop, ox * r.strideX - r.padLeft, groupChannels, image);
    patches += patchBytes;
    if (++ox < r.outWidth) continue;
    ox = 0;
    if (++oy < r.outHeight) continue;
    oy = 0;
    image += imageBytes;
  }
}

/** Adds the patch whose first tap lies at (top, left). */
function addPatch(r: ConvolutionRow, patch: usize, top: i32, left: i32, groupChannels: i32, image: usize): void {
  const together = tapsTogether(r);
  const length = together * groupChannels;
  for (let ky = 0; ky < r.kernelHeight; ky++) {
    const y = top + ky * r.dilationY;
    const isInside = <u32>y < <u32>r.height;
    for (let kx = 0; kx < r.kernelWidth; kx += together) {
      const x = left + kx * r.dilationX;
      if (isInside) {
        const firstInside = clamp(-x * groupChannels, 0, length);
        const endInside = clamp((r.width - x) * groupChannels, firstInside, length);
        const target = image + (<usize>((y * r.width + x) * r.channels + firstInside) << 2);
        addFloats(patch + (<usize>firstInside << 2), target, endInside - firstInside);
      }
      patch += <usize>length << 2;
    }
  }
}
