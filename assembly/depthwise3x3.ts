// Depthwise convolutions of 3×3 that move by one pixel, one kernel a channel, channels in fours: along a row of pixels the
// nine taps of four channels stay in registers.
//
//   y[p, c] = b[c] + Σ_taps x[p + tap, c]·w[tap, c]      taps row by row, those in the padding left out
//   dw[tap, c] = Σ_p x[p + tap, c]·dy[p, c]              sixteen pixels of a row on their own, then one after the other
//
// dx is such a sum of dy over the taps in reverse order, so the step from tap to tap may be negative.

/**
 * Windows for which the taps of four channels are loaded. With more, pixels of a power of two of channels, which meet in a
 * few sets of L1, would drive each other out before the next four channels of them come.
 */
const BLOCK: i32 = 16;
/**
 * The same for sums over images that come from memory: so few that it is read nearly as it stands, as processors fetch ahead.
 */
const FAR_BLOCK: i32 = 4;
/** Bytes of images, or of y, that stay in L2. */
const NEAR_BYTES: usize = 1 << 19;

/** First window of a row that lies inside, between 0 and `count`. */
// @ts-ignore: decorator
@inline
function firstWhole(padLeft: i32, count: i32): i32 {
  return min(max(padLeft, 0), count);
}

/** One past the last window of a row that lies inside, an even number behind the first. */
// @ts-ignore: decorator
@inline
function endWhole(padLeft: i32, width: i32, first: i32, count: i32): i32 {
  return first + (max(0, min(width - 2 + padLeft, count) - first) & ~1);
}

/**
 * Rows `from` to `to` of y [batch·outHeight, outWidth, channels] (=|+=) bias + Σ_taps of images [batch, height, width,
 * channels]; `w` is the first tap, others are `tap` bytes from each other.
 */
export function correlate3x3(
  images: usize,
  height: i32,
  width: i32,
  channels: i32,
  outHeight: i32,
  outWidth: i32,
  padTop: i32,
  padLeft: i32,
  from: i32,
  to: i32,
  w: usize,
  tap: usize,
  bias: usize,
  y: usize,
  add: bool,
): void {
  const pixel = <usize>channels << 2;
  const rowBytes = <usize>width * pixel;
  const first = firstWhole(padLeft, outWidth);
  const end = endWhole(padLeft, width, first, outWidth);
  const block = <usize>((to - from) * outWidth) * pixel > NEAR_BYTES ? FAR_BLOCK : BLOCK;
  y += <usize>(from * outWidth) * pixel;
  for (let row = from; row < to; row++) {
    const top = (row % outHeight) - padTop;
    const firstRow = max(-top, 0);
    const rows = max(min(height - top, 3) - firstRow, 0);
    const x = images + <usize>((row / outHeight) * height + top + firstRow) * rowBytes - <usize>padLeft * pixel;
    const taps = w + <usize>(3 * firstRow) * tap;
    for (let i = 0; i < first; i++) {
      sumWindow(x, i - padLeft, i, width, rows, rowBytes, pixel, taps, tap, bias, y, add);
    }
    for (let i = rows < 2 ? end : first; i < end; i += block) {
      const count = min(block, end - i);
      const inside = x + <usize>i * pixel;
      const target = y + <usize>i * pixel;
      for (let c: usize = 0; c < pixel; c += 16) {
        const start = bias ? bias + c : 0;
        if (rows == 3) slide(3, inside + c, rowBytes, pixel, taps + c, tap, start, target + c, count, add);
        else slide(2, inside + c, rowBytes, pixel, taps + c, tap, start, target + c, count, add);
      }
    }
    for (let i = rows < 2 ? first : end; i < outWidth; i++) {
      sumWindow(x, i - padLeft, i, width, rows, rowBytes, pixel, taps, tap, bias, y, add);
    }
    y += <usize>outWidth * pixel;
  }
}

/** Window `index`, which begins in column `left`, of a row of y: all channels, from the taps inside. */
function sumWindow(
  x: usize,
  left: i32,
  index: i32,
  width: i32,
  rows: i32,
  rowBytes: usize,
  pixel: usize,
  w: usize,
  tap: usize,
  bias: usize,
  y: usize,
  add: bool,
): void {
  const hasFirst = <u32>left < <u32>width;
  const hasSecond = <u32>(left + 1) < <u32>width;
  const hasThird = <u32>(left + 2) < <u32>width;
  x += <usize>index * pixel;
  y += <usize>index * pixel;
  for (let c: usize = 0; c < pixel; c += 16) {
    let sum = bias ? v128.load(bias + c) : f32x4.splat(0);
    let at = x + c;
    let weights = w + c;
    for (let i = 0; i < rows; i++) {
      if (hasFirst) sum = f32x4.add(sum, f32x4.mul(v128.load(at), v128.load(weights)));
      if (hasSecond) sum = f32x4.add(sum, f32x4.mul(v128.load(at + pixel), v128.load(weights + tap)));
      if (hasThird) sum = f32x4.add(sum, f32x4.mul(v128.load(at + 2 * pixel), v128.load(weights + 2 * tap)));
      at += rowBytes;
      weights += 3 * tap;
    }
    v128.store(y + c, add ? f32x4.add(v128.load(y + c), sum) : sum);
  }
}

/**
 * Four channels of an even number of windows, each of two or three whole rows. Two windows side by side share six of their
 * nine numbers.
 */
// @ts-ignore: decorator
@inline
function slide(
  rows: i32,
  x: usize,
  rowBytes: usize,
  pixel: usize,
  w: usize,
  tap: usize,
  bias: usize,
  y: usize,
  count: i32,
  add: bool,
): void {
  const start = bias ? v128.load(bias) : f32x4.splat(0);
  const second = w + 3 * tap;
  const third = second + 3 * tap;
  const w00 = v128.load(w);
  const w01 = v128.load(w + tap);
  const w02 = v128.load(w + 2 * tap);
  const w10 = v128.load(second);
  const w11 = v128.load(second + tap);
  const w12 = v128.load(second + 2 * tap);
  const w20 = rows == 3 ? v128.load(third) : start;
  const w21 = rows == 3 ? v128.load(third + tap) : start;
  const w22 = rows == 3 ? v128.load(third + 2 * tap) : start;
  const twoPixels = pixel << 1;
  const threePixels = twoPixels + pixel;
  for (let i = 0; i < count; i += 2) {
    const x1 = x + rowBytes;
    let sum = start;
    let next = start;
    let v = v128.load(x);
    sum = f32x4.add(sum, f32x4.mul(v, w00));
    v = v128.load(x + pixel);
    sum = f32x4.add(sum, f32x4.mul(v, w01));
    next = f32x4.add(next, f32x4.mul(v, w00));
    v = v128.load(x + twoPixels);
    sum = f32x4.add(sum, f32x4.mul(v, w02));
    next = f32x4.add(next, f32x4.mul(v, w01));
    v = v128.load(x + threePixels);
    next = f32x4.add(next, f32x4.mul(v, w02));
    v = v128.load(x1);
    sum = f32x4.add(sum, f32x4.mul(v, w10));
    v = v128.load(x1 + pixel);
    sum = f32x4.add(sum, f32x4.mul(v, w11));
    next = f32x4.add(next, f32x4.mul(v, w10));
    v = v128.load(x1 + twoPixels);
    sum = f32x4.add(sum, f32x4.mul(v, w12));
    next = f32x4.add(next, f32x4.mul(v, w11));
    v = v128.load(x1 + threePixels);
    next = f32x4.add(next, f32x4.mul(v, w12));
    if (rows == 3) {
      const x2 = x1 + rowBytes;
      v = v128.load(x2);
      sum = f32x4.add(sum, f32x4.mul(v, w20));
      v = v128.load(x2 + pixel);
      sum = f32x4.add(sum, f32x4.mul(v, w21));
      next = f32x4.add(next, f32x4.mul(v, w20));
      v = v128.load(x2 + twoPixels);
      sum = f32x4.add(sum, f32x4.mul(v, w22));
      next = f32x4.add(next, f32x4.mul(v, w21));
      v = v128.load(x2 + threePixels);
      next = f32x4.add(next, f32x4.mul(v, w22));
    }
    v128.store(y, add ? f32x4.add(v128.load(y), sum) : sum);
    v128.store(y + pixel, add ? f32x4.add(v128.load(y + pixel), next) : next);
    x += twoPixels;
    y += twoPixels;
  }
}

/** Channels `from` to `to` of dw (=|+=) Σ_p x·dy over `outRows` rows of dy, [batch·outHeight, outWidth, channels]. */
export function kernelGradient3x3(
  images: usize,
  height: i32,
  width: i32,
  channels: i32,
  outHeight: i32,
  outWidth: i32,
  padTop: i32,
  padLeft: i32,
  outRows: i32,
  from: i32,
  to: i32,
  dy: usize,
  dw: usize,
): void {
  const pixel = <usize>channels << 2;
  const rowBytes = <usize>width * pixel;
  const first = firstWhole(padLeft, outWidth);
  const end = endWhole(padLeft, width, first, outWidth);
  const start = <usize>from << 2;
  const last = <usize>to << 2;
  for (let row = 0; row < outRows; row++) {
    const top = (row % outHeight) - padTop;
    const firstRow = max(-top, 0);
    const rows = max(min(height - top, 3) - firstRow, 0);
    const x = images + <usize>((row / outHeight) * height + top + firstRow) * rowBytes - <usize>padLeft * pixel;
    const taps = dw + <usize>(3 * firstRow) * pixel;
    for (let i = 0; i < first; i++) addWindow(x, i - padLeft, i, width, rows, rowBytes, pixel, dy, taps, start, last);
    for (let i = rows < 2 ? end : first; i < end; i += BLOCK) {
      const count = min(BLOCK, end - i);
      const inside = x + <usize>i * pixel;
      const upstream = dy + <usize>i * pixel;
      for (let c = start; c < last; c += 16) {
        if (rows == 3) collect(3, inside + c, rowBytes, pixel, upstream + c, taps + c, count);
        else collect(2, inside + c, rowBytes, pixel, upstream + c, taps + c, count);
      }
    }
    for (let i = rows < 2 ? first : end; i < outWidth; i++) {
      addWindow(x, i - padLeft, i, width, rows, rowBytes, pixel, dy, taps, start, last);
    }
    dy += <usize>outWidth * pixel;
  }
}

// @ts-ignore: decorator
@inline
function addTo(at: usize, v: v128): void {
  v128.store(at, f32x4.add(v128.load(at), v));
}

/** dw += x·dy for window `index`, which begins in column `left`, the taps inside, and channels from `start` to `last`. */
function addWindow(
  x: usize,
  left: i32,
  index: i32,
  width: i32,
  rows: i32,
  rowBytes: usize,
  pixel: usize,
  dy: usize,
  dw: usize,
  start: usize,
  last: usize,
): void {
  const hasFirst = <u32>left < <u32>width;
  const hasSecond = <u32>(left + 1) < <u32>width;
  const hasThird = <u32>(left + 2) < <u32>width;
  x += <usize>index * pixel;
  dy += <usize>index * pixel;
  for (let c = start; c < last; c += 16) {
    const upstream = v128.load(dy + c);
    let at = x + c;
    let target = dw + c;
    for (let i = 0; i < rows; i++) {
      if (hasFirst) addTo(target, f32x4.mul(v128.load(at), upstream));
      if (hasSecond) addTo(target + pixel, f32x4.mul(v128.load(at + pixel), upstream));
      if (hasThird) addTo(target + 2 * pixel, f32x4.mul(v128.load(at + 2 * pixel), upstream));
      at += rowBytes;
      target += 3 * pixel;
    }
  }
}

/** dw += Σ x·dy for four channels of an even number of windows, each of two or three whole rows. */
// @ts-ignore: decorator
@inline
function collect(rows: i32, x: usize, rowBytes: usize, pixel: usize, dy: usize, dw: usize, count: i32): void {
  let s00 = f32x4.splat(0);
  let s01 = s00;
  let s02 = s00;
  let s10 = s00;
  let s11 = s00;
  let s12 = s00;
  let s20 = s00;
  let s21 = s00;
  let s22 = s00;
  const twoPixels = pixel << 1;
  const threePixels = twoPixels + pixel;
  for (let i = 0; i < count; i += 2) {
    const d0 = v128.load(dy);
    const d1 = v128.load(dy + pixel);
    const x1 = x + rowBytes;
    let v = v128.load(x);
    s00 = f32x4.add(s00, f32x4.mul(v, d0));
    v = v128.load(x + pixel);
    s00 = f32x4.add(s00, f32x4.mul(v, d1));
    s01 = f32x4.add(s01, f32x4.mul(v, d0));
    v = v128.load(x + twoPixels);
    s01 = f32x4.add(s01, f32x4.mul(v, d1));
    s02 = f32x4.add(s02, f32x4.mul(v, d0));
    v = v128.load(x + threePixels);
    s02 = f32x4.add(s02, f32x4.mul(v, d1));
    v = v128.load(x1);
    s10 = f32x4.add(s10, f32x4.mul(v, d0));
    v = v128.load(x1 + pixel);
    s10 = f32x4.add(s10, f32x4.mul(v, d1));
    s11 = f32x4.add(s11, f32x4.mul(v, d0));
    v = v128.load(x1 + twoPixels);
    s11 = f32x4.add(s11, f32x4.mul(v, d1));
    s12 = f32x4.add(s12, f32x4.mul(v, d0));
    v = v128.load(x1 + threePixels);
    s12 = f32x4.add(s12, f32x4.mul(v, d1));
    if (rows == 3) {
      const x2 = x1 + rowBytes;
      v = v128.load(x2);
      s20 = f32x4.add(s20, f32x4.mul(v, d0));
      v = v128.load(x2 + pixel);
      s20 = f32x4.add(s20, f32x4.mul(v, d1));
      s21 = f32x4.add(s21, f32x4.mul(v, d0));
      v = v128.load(x2 + twoPixels);
      s21 = f32x4.add(s21, f32x4.mul(v, d1));
      s22 = f32x4.add(s22, f32x4.mul(v, d0));
      v = v128.load(x2 + threePixels);
      s22 = f32x4.add(s22, f32x4.mul(v, d1));
    }
    x += twoPixels;
    dy += twoPixels;
  }
  const second = dw + 3 * pixel;
  const third = second + 3 * pixel;
  addTo(dw, s00);
  addTo(dw + pixel, s01);
  addTo(dw + twoPixels, s02);
  addTo(second, s10);
  addTo(second + pixel, s11);
  addTo(second + twoPixels, s12);
  if (rows == 3) {
    addTo(third, s20);
    addTo(third + pixel, s21);
    addTo(third + twoPixels, s22);
  }
}
