// Depthwise convolutions of 3×3 that move by one pixel, one kernel a channel, channels in fours: along a row of pixels the
// nine taps of four channels stay in registers, and so do the sums of three windows side by side.
//
//   y[p, c] = b[c] + Σ_taps x[p + tap, c]·w[tap, c]      column by column, those in the padding left out
//   dw[tap, c] = Σ_p x[p + tap, c]·dy[p, c]              the pixels of a block on their own, then one after the other
//
// dx is such a sum of dy over the taps in reverse order, so the step from tap to tap may be negative. Sizes and addresses are
// parameters: with the row in their place dw takes 1 to 3 % longer, from 2×5×5×4 to 4×56×56×32 (Zen 4, Node 20).

import { multiplyAdd } from "../gemm/tiles";

/** Pixels of a row, whatever their channels, are taken in blocks of so many bytes, of at least four windows. */
const BLOCK_BYTES: i32 = 8192;
/** And at most so many windows, because dw sums a block in float32. */
const BLOCK_PIXELS: i32 = 48;

/**
 * Windows for which the taps of four channels are loaded. With more, pixels of many channels, which meet in a few sets of
 * L1, would drive each other out before the next four channels of them come.
 */
// @ts-ignore: decorator
@inline
export function blockOf(pixel: usize): i32 {
  return max(4, min(BLOCK_PIXELS, BLOCK_BYTES / <i32>pixel));
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
  const block = blockOf(pixel);
  y += <usize>(from * outWidth) * pixel;
  for (let row = from; row < to; row++) {
    const top = (row % outHeight) - padTop;
    const firstRow = max(-top, 0);
    const rows = min(height - top, 3) - firstRow;
    const x = images + <usize>((row / outHeight) * height + top + firstRow) * rowBytes;
    const taps = w + <usize>(3 * firstRow) * tap;
    for (let i = 0; i < outWidth; i += block) {
      const count = min(block, outWidth - i);
      const third = i - padLeft + 2;
      const at = x + <usize>third * pixel;
      const target = y + <usize>i * pixel;
      for (let c: usize = 0; c < pixel; c += 16) {
        const start = bias ? bias + c : 0;
        if (rows == 3) slide(3, third, width, at + c, rowBytes, pixel, taps + c, tap, start, target + c, count, add);
        else if (rows == 2) slide(2, third, width, at + c, rowBytes, pixel, taps + c, tap, start, target + c, count, add);
        else slide(1, third, width, at + c, rowBytes, pixel, taps + c, tap, start, target + c, count, add);
      }
    }
    y += <usize>outWidth * pixel;
  }
}

/** One column of a window: the products of its rows, summed from first to last. */
// @ts-ignore: decorator
@inline
function column(rows: i32, v0: v128, v1: v128, v2: v128, w0: v128, w1: v128, w2: v128): v128 {
  let sum = f32x4.mul(v0, w0);
  if (rows > 1) sum = multiplyAdd(v1, w1, sum);
  if (rows > 2) sum = multiplyAdd(v2, w2, sum);
  return sum;
}

/**
 * Four channels of `count` windows side by side, of one to three whole rows. `x` is the third column of the first window, the
 * image's column `third`; columns before 0 and from `width` on are left out.
 */
// @ts-ignore: decorator
@inline
function slide(
  rows: i32,
  third: i32,
  width: i32,
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
  const zero = f32x4.splat(0);
  const start = bias ? v128.load(bias) : zero;
  const w00 = v128.load(w);
  const w01 = v128.load(w + tap);
  const w02 = v128.load(w + 2 * tap);
  const w10 = rows > 1 ? v128.load(w + 3 * tap) : zero;
  const w11 = rows > 1 ? v128.load(w + 4 * tap) : zero;
  const w12 = rows > 1 ? v128.load(w + 5 * tap) : zero;
  const w20 = rows > 2 ? v128.load(w + 6 * tap) : zero;
  const w21 = rows > 2 ? v128.load(w + 7 * tap) : zero;
  const w22 = rows > 2 ? v128.load(w + 8 * tap) : zero;
  let x1 = x + rowBytes;
  let x2 = x1 + rowBytes;
  // the sums of the window that the next column completes, and of those after it
  let s0 = start;
  let s1 = start;
  let s2 = start;
  if (<u32>(third - 2) < <u32>width) {
    const v0 = v128.load(x - 2 * pixel);
    const v1 = rows > 1 ? v128.load(x1 - 2 * pixel) : zero;
    const v2 = rows > 2 ? v128.load(x2 - 2 * pixel) : zero;
    s0 = f32x4.add(s0, column(rows, v0, v1, v2, w00, w10, w20));
  }
  if (<u32>(third - 1) < <u32>width) {
    const v0 = v128.load(x - pixel);
    const v1 = rows > 1 ? v128.load(x1 - pixel) : zero;
    const v2 = rows > 2 ? v128.load(x2 - pixel) : zero;
    s0 = f32x4.add(s0, column(rows, v0, v1, v2, w01, w11, w21));
    s1 = f32x4.add(s1, column(rows, v0, v1, v2, w00, w10, w20));
  }
  let whole = max(min(count, width - third), 0);
  let open = count - whole;
  // Three columns at a time: sums change their names and stay where they are. Of the exits in the middle see gemm/tiles.ts.
  while (whole > 0) {
    let v0 = v128.load(x);
    let v1 = rows > 1 ? v128.load(x1) : zero;
    let v2 = rows > 2 ? v128.load(x2) : zero;
    s0 = f32x4.add(s0, column(rows, v0, v1, v2, w02, w12, w22));
    if (add) s0 = f32x4.add(v128.load(y), s0);
    v128.store(y, s0);
    s1 = f32x4.add(s1, column(rows, v0, v1, v2, w01, w11, w21));
    s2 = f32x4.add(start, column(rows, v0, v1, v2, w00, w10, w20));
    x += pixel;
    x1 += pixel;
    x2 += pixel;
    y += pixel;
    if (whole == 1) {
      s0 = s1;
      s1 = s2;
      break;
    }
    v0 = v128.load(x);
    v1 = rows > 1 ? v128.load(x1) : zero;
    v2 = rows > 2 ? v128.load(x2) : zero;
    s1 = f32x4.add(s1, column(rows, v0, v1, v2, w02, w12, w22));
    if (add) s1 = f32x4.add(v128.load(y), s1);
    v128.store(y, s1);
    s2 = f32x4.add(s2, column(rows, v0, v1, v2, w01, w11, w21));
    s0 = f32x4.add(start, column(rows, v0, v1, v2, w00, w10, w20));
    x += pixel;
    x1 += pixel;
    x2 += pixel;
    y += pixel;
    if (whole == 2) {
      s1 = s0;
      s0 = s2;
      break;
    }
    v0 = v128.load(x);
    v1 = rows > 1 ? v128.load(x1) : zero;
    v2 = rows > 2 ? v128.load(x2) : zero;
    s2 = f32x4.add(s2, column(rows, v0, v1, v2, w02, w12, w22));
    if (add) s2 = f32x4.add(v128.load(y), s2);
    v128.store(y, s2);
    s0 = f32x4.add(s0, column(rows, v0, v1, v2, w01, w11, w21));
    s1 = f32x4.add(start, column(rows, v0, v1, v2, w00, w10, w20));
    x += pixel;
    x1 += pixel;
    x2 += pixel;
    y += pixel;
    whole -= 3;
  }
  for (; open > 0; open--) {
    v128.store(y, add ? f32x4.add(v128.load(y), s0) : s0);
    y += pixel;
    s0 = s1;
    s1 = s2;
  }
}

/**
 * Channels `from` to `to` of dw += Σ_p x·dy over pixels `startX` to `endX` of rows `startRow` to `endRow` of dy,
 * [batch·outHeight, outWidth, channels].
 */
export function kernelGradient3x3(
  images: usize,
  height: i32,
  width: i32,
  channels: i32,
  outHeight: i32,
  outWidth: i32,
  padTop: i32,
  padLeft: i32,
  startRow: i32,
  endRow: i32,
  startX: i32,
  endX: i32,
  from: i32,
  to: i32,
  dy: usize,
  dw: usize,
): void {
  const pixel = <usize>channels << 2;
  const rowBytes = <usize>width * pixel;
  const block = blockOf(pixel);
  const start = <usize>from << 2;
  const last = <usize>to << 2;
  dy += <usize>(startRow * outWidth) * pixel;
  for (let row = startRow; row < endRow; row++) {
    const top = (row % outHeight) - padTop;
    const firstRow = max(-top, 0);
    const rows = min(height - top, 3) - firstRow;
    const x = images + <usize>((row / outHeight) * height + top + firstRow) * rowBytes;
    const taps = dw + <usize>(3 * firstRow) * pixel;
    for (let i = startX; i < endX; i += block) {
      const count = min(block, endX - i);
      const third = i - padLeft + 2;
      const at = x + <usize>third * pixel;
      const upstream = dy + <usize>i * pixel;
      for (let c = start; c < last; c += 16) {
        collect(rows, third, width, at + c, rowBytes, pixel, upstream + c, taps + c, count);
      }
    }
    dy += <usize>outWidth * pixel;
  }
}

// @ts-ignore: decorator
@inline
function addTo(at: usize, v: v128): void {
  v128.store(at, f32x4.add(v128.load(at), v));
}

/** dw += Σ x·dy for four channels of windows as those of `slide`. */
function collect(
  rows: i32,
  third: i32,
  width: i32,
  x: usize,
  rowBytes: usize,
  pixel: usize,
  dy: usize,
  dw: usize,
  count: i32,
): void {
  const zero = f32x4.splat(0);
  let s00 = zero;
  let s01 = zero;
  let s02 = zero;
  let s10 = zero;
  let s11 = zero;
  let s12 = zero;
  let s20 = zero;
  let s21 = zero;
  let s22 = zero;
  x -= 2 * pixel;
  let x1 = x + rowBytes;
  let x2 = x1 + rowBytes;
  let v: v128;
  // dy of the windows whose third and second column the next one is
  let d0 = v128.load(dy);
  let d1 = count > 1 ? v128.load(dy + pixel) : zero;
  if (<u32>(third - 2) < <u32>width) {
    v = v128.load(x);
    s00 = multiplyAdd(v, d0, s00);
    if (rows > 1) {
      v = v128.load(x1);
      s10 = multiplyAdd(v, d0, s10);
    }
    if (rows > 2) {
      v = v128.load(x2);
      s20 = multiplyAdd(v, d0, s20);
    }
  }
  x += pixel;
  x1 += pixel;
  x2 += pixel;
  if (<u32>(third - 1) < <u32>width) {
    v = v128.load(x);
    s01 = multiplyAdd(v, d0, s01);
    if (rows > 1) {
      v = v128.load(x1);
      s11 = multiplyAdd(v, d0, s11);
    }
    if (rows > 2) {
      v = v128.load(x2);
      s21 = multiplyAdd(v, d0, s21);
    }
    if (count > 1) {
      v = v128.load(x);
      s00 = multiplyAdd(v, d1, s00);
      if (rows > 1) {
        v = v128.load(x1);
        s10 = multiplyAdd(v, d1, s10);
      }
      if (rows > 2) {
        v = v128.load(x2);
        s20 = multiplyAdd(v, d1, s20);
      }
    }
  }
  x += pixel;
  x1 += pixel;
  x2 += pixel;
  dy += 2 * pixel;
  const inside = min(count, width - third);
  let left = max(min(count - 2, inside), 0);
  let rest = inside - left;
  let d2: v128;
  // The numbers of rows are asked for in every column, because that parts its loads: with all of them first Node 20 spills.
  while (left > 0) {
    d2 = v128.load(dy);
    dy += pixel;
    v = v128.load(x);
    s00 = multiplyAdd(v, d2, s00);
    s01 = multiplyAdd(v, d1, s01);
    s02 = multiplyAdd(v, d0, s02);
    if (rows > 1) {
      v = v128.load(x1);
      s10 = multiplyAdd(v, d2, s10);
      s11 = multiplyAdd(v, d1, s11);
      s12 = multiplyAdd(v, d0, s12);
    }
    if (rows > 2) {
      v = v128.load(x2);
      s20 = multiplyAdd(v, d2, s20);
      s21 = multiplyAdd(v, d1, s21);
      s22 = multiplyAdd(v, d0, s22);
    }
    x += pixel;
    x1 += pixel;
    x2 += pixel;
    if (left == 1) {
      d0 = d1;
      d1 = d2;
      break;
    }
    d0 = v128.load(dy);
    dy += pixel;
    v = v128.load(x);
    s00 = multiplyAdd(v, d0, s00);
    s01 = multiplyAdd(v, d2, s01);
    s02 = multiplyAdd(v, d1, s02);
    if (rows > 1) {
      v = v128.load(x1);
      s10 = multiplyAdd(v, d0, s10);
      s11 = multiplyAdd(v, d2, s11);
      s12 = multiplyAdd(v, d1, s12);
    }
    if (rows > 2) {
      v = v128.load(x2);
      s20 = multiplyAdd(v, d0, s20);
      s21 = multiplyAdd(v, d2, s21);
      s22 = multiplyAdd(v, d1, s22);
    }
    x += pixel;
    x1 += pixel;
    x2 += pixel;
    if (left == 2) {
      d1 = d0;
      d0 = d2;
      break;
    }
    d1 = v128.load(dy);
    dy += pixel;
    v = v128.load(x);
    s00 = multiplyAdd(v, d1, s00);
    s01 = multiplyAdd(v, d0, s01);
    s02 = multiplyAdd(v, d2, s02);
    if (rows > 1) {
      v = v128.load(x1);
      s10 = multiplyAdd(v, d1, s10);
      s11 = multiplyAdd(v, d0, s11);
      s12 = multiplyAdd(v, d2, s12);
    }
    if (rows > 2) {
      v = v128.load(x2);
      s20 = multiplyAdd(v, d1, s20);
      s21 = multiplyAdd(v, d0, s21);
      s22 = multiplyAdd(v, d2, s22);
    }
    x += pixel;
    x1 += pixel;
    x2 += pixel;
    left -= 3;
  }
  if (rest > 0 && count > 1) {
    v = v128.load(x);
    s01 = multiplyAdd(v, d1, s01);
    s02 = multiplyAdd(v, d0, s02);
    if (rows > 1) {
      v = v128.load(x1);
      s11 = multiplyAdd(v, d1, s11);
      s12 = multiplyAdd(v, d0, s12);
    }
    if (rows > 2) {
      v = v128.load(x2);
      s21 = multiplyAdd(v, d1, s21);
      s22 = multiplyAdd(v, d0, s22);
    }
    x += pixel;
    x1 += pixel;
    x2 += pixel;
    d0 = d1;
    rest--;
  }
  if (rest > 0) {
    v = v128.load(x);
    s02 = multiplyAdd(v, d0, s02);
    if (rows > 1) {
      v = v128.load(x1);
      s12 = multiplyAdd(v, d0, s12);
    }
    if (rows > 2) {
      v = v128.load(x2);
      s22 = multiplyAdd(v, d0, s22);
    }
  }
  addTo(dw, s00);
  addTo(dw + pixel, s01);
  addTo(dw + 2 * pixel, s02);
  if (rows > 1) {
    dw += 3 * pixel;
    addTo(dw, s10);
    addTo(dw + pixel, s11);
    addTo(dw + 2 * pixel, s12);
  }
  if (rows > 2) {
    dw += 3 * pixel;
    addTo(dw, s20);
    addTo(dw + pixel, s21);
    addTo(dw + 2 * pixel, s22);
  }
}
