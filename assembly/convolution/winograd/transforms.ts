// The linear maps of F(2×2, 3×3) and their transposes, on tiles whose numbers are whole pixels: channel by channel, four
// at a time. In one dimension, with m0 … m3 the four products that replace six:
//
//   image x → v      v0 = x0 − x2      v1 = x1 + x2             v2 = x2 − x1             v3 = x3 − x1         Bᵀ
//   kernel w → u     u0 = w0           u1 = ½(w0 + w1 + w2)     u2 = ½(w0 − w1 + w2)     u3 = w2              G
//   m → pixels y     y0 = m0 + m1 + m2                          y1 = m1 − m2 + m3                             Aᵀ
//
// and backward, with each map transposed:
//
//   pixels dy → e    e0 = dy0          e1 = dy0 + dy1           e2 = dy0 − dy1           e3 = dy1             A
//   m → image dx     dx0 = m0          dx1 = m1 − m2 − m3       dx2 = m1 + m2 − m0       dx3 = m3             B
//   m → kernel dw    dw0 = m0 + ½(m1 + m2)                      dw1 = ½(m1 − m2)         dw2 = ½(m1 + m2) + m3   Gᵀ
//
// In two dimensions every map runs over the columns, then over the rows of its result. The sixteen numbers that come of a
// tile stand in sixteen planes, `plane` bytes apart, four for each row. Who needs only some rows says so by bits of `rows`:
// 1 is the first row, 8 the last.

export const ALL_ROWS: i32 = 15;

// @ts-ignore: decorator
@inline
function storeFour(to: usize, plane: usize, v0: v128, v1: v128, v2: v128, v3: v128): void {
  v128.store(to, v0);
  v128.store(to + plane, v1);
  v128.store(to + 2 * plane, v2);
  v128.store(to + 3 * plane, v3);
}

/** The row of v that comes of one row of x between the maps. */
// @ts-ignore: decorator
@inline
function imageRow(x0: v128, x1: v128, x2: v128, x3: v128, to: usize, plane: usize): void {
  storeFour(to, plane, f32x4.sub(x0, x2), f32x4.add(x1, x2), f32x4.sub(x2, x1), f32x4.sub(x3, x1));
}

/** v of a tile of 4×4 pixels; rows are `row`, pixels `pixel` bytes apart. */
export function transformImage(
  x: usize,
  row: usize,
  pixel: usize,
  channels: i32,
  rows: i32,
  to: usize,
  plane: usize,
): void {
  const end = x + (<usize>channels << 2);
  const fourPlanes = plane << 2;
  for (; x < end; x += 16) {
    const x1 = x + row;
    const x2 = x1 + row;
    const x3 = x2 + row;
    const second = pixel;
    const third = pixel << 1;
    const fourth = third + pixel;
    const x10 = v128.load(x1);
    const x11 = v128.load(x1 + second);
    const x12 = v128.load(x1 + third);
    const x13 = v128.load(x1 + fourth);
    const x20 = v128.load(x2);
    const x21 = v128.load(x2 + second);
    const x22 = v128.load(x2 + third);
    const x23 = v128.load(x2 + fourth);
    let target = to;
    if (rows & 1) {
      imageRow(
        f32x4.sub(v128.load(x), x20),
        f32x4.sub(v128.load(x + second), x21),
        f32x4.sub(v128.load(x + third), x22),
        f32x4.sub(v128.load(x + fourth), x23),
        target, plane,
      );
      target += fourPlanes;
    }
    if (rows & 2) {
      imageRow(f32x4.add(x10, x20), f32x4.add(x11, x21), f32x4.add(x12, x22), f32x4.add(x13, x23), target, plane);
      target += fourPlanes;
    }
    if (rows & 4) {
      imageRow(f32x4.sub(x20, x10), f32x4.sub(x21, x11), f32x4.sub(x22, x12), f32x4.sub(x23, x13), target, plane);
      target += fourPlanes;
    }
    if (rows & 8) {
      imageRow(
        f32x4.sub(v128.load(x3), x10),
        f32x4.sub(v128.load(x3 + second), x11),
        f32x4.sub(v128.load(x3 + third), x12),
        f32x4.sub(v128.load(x3 + fourth), x13),
        target, plane,
      );
    }
    to += 16;
  }
}

/** The row of e that comes of one row of dy between the maps. */
// @ts-ignore: decorator
@inline
function pixelRow(d0: v128, d1: v128, to: usize, plane: usize): void {
  storeFour(to, plane, d0, f32x4.add(d0, d1), f32x4.sub(d0, d1), d1);
}

/** e of a tile of 2×2 pixels. Sixteen numbers of each plane, then those `panel` bytes further on. */
export function transformPixels(
  dy: usize,
  row: usize,
  pixel: usize,
  filters: i32,
  rows: i32,
  to: usize,
  plane: usize,
  panel: usize,
): void {
  const fourPlanes = plane << 2;
  for (let j = 0; j < filters; j += 4) {
    const d00 = v128.load(dy);
    const d01 = v128.load(dy + pixel);
    const d10 = v128.load(dy + row);
    const d11 = v128.load(dy + row + pixel);
    let target = to + (<usize>(j & 12) << 2);
    if (rows & 1) {
      pixelRow(d00, d01, target, plane);
      target += fourPlanes;
    }
    if (rows & 2) {
      pixelRow(f32x4.add(d00, d10), f32x4.add(d01, d11), target, plane);
      target += fourPlanes;
    }
    if (rows & 4) {
      pixelRow(f32x4.sub(d00, d10), f32x4.sub(d01, d11), target, plane);
      target += fourPlanes;
    }
    if (rows & 8) pixelRow(d10, d11, target, plane);
    dy += 16;
    if ((j & 12) == 12) to += panel;
  }
}

/** y0 of one dimension. */
// @ts-ignore: decorator
@inline
function firstPixel(m0: v128, m1: v128, m2: v128): v128 {
  return f32x4.add(m0, f32x4.add(m1, m2));
}

/** y1 of one dimension. */
// @ts-ignore: decorator
@inline
function secondPixel(m1: v128, m2: v128, m3: v128): v128 {
  return f32x4.add(f32x4.sub(m1, m2), m3);
}

// @ts-ignore: decorator
@inline
function put(to: usize, v: v128, add: bool): void {
  v128.store(to, add ? f32x4.add(v128.load(to), v) : v);
}

/** y (=|+=) bias + the 2×2 pixels of a tile; `bias` is 0 or a row of `filters` numbers. */
export function pixelsOfProducts(
  m: usize,
  plane: usize,
  filters: i32,
  bias: usize,
  y: usize,
  row: usize,
  pixel: usize,
  add: bool,
): void {
  const fourPlanes = plane << 2;
  const end = y + (<usize>filters << 2);
  for (; y < end; y += 16) {
    let source = m;
    let m0 = v128.load(source);
    let m1 = v128.load(source + plane);
    let m2 = v128.load(source + 2 * plane);
    let m3 = v128.load(source + 3 * plane);
    // Sums down the columns: `upper` for the first row of pixels, `lower` for the second.
    let upper0 = firstPixel(m0, m1, m2);
    let upper1 = secondPixel(m1, m2, m3);
    source += fourPlanes;
    m0 = v128.load(source);
    m1 = v128.load(source + plane);
    m2 = v128.load(source + 2 * plane);
    m3 = v128.load(source + 3 * plane);
    let first = firstPixel(m0, m1, m2);
    let second = secondPixel(m1, m2, m3);
    source += fourPlanes;
    m0 = v128.load(source);
    m1 = v128.load(source + plane);
    m2 = v128.load(source + 2 * plane);
    m3 = v128.load(source + 3 * plane);
    let third = firstPixel(m0, m1, m2);
    let fourth = secondPixel(m1, m2, m3);
    upper0 = f32x4.add(upper0, f32x4.add(first, third));
    upper1 = f32x4.add(upper1, f32x4.add(second, fourth));
    let lower0 = f32x4.sub(first, third);
    let lower1 = f32x4.sub(second, fourth);
    source += fourPlanes;
    m0 = v128.load(source);
    m1 = v128.load(source + plane);
    m2 = v128.load(source + 2 * plane);
    m3 = v128.load(source + 3 * plane);
    lower0 = f32x4.add(lower0, firstPixel(m0, m1, m2));
    lower1 = f32x4.add(lower1, secondPixel(m1, m2, m3));
    if (bias) {
      const b = v128.load(bias);
      upper0 = f32x4.add(upper0, b);
      upper1 = f32x4.add(upper1, b);
      lower0 = f32x4.add(lower0, b);
      lower1 = f32x4.add(lower1, b);
      bias += 16;
    }
    put(y, upper0, add);
    put(y + pixel, upper1, add);
    put(y + row, lower0, add);
    put(y + row + pixel, lower1, add);
    m += 16;
  }
}

/** Adds to a row of four pixels what comes of one row of m between the maps. */
// @ts-ignore: decorator
@inline
function addImageRow(m0: v128, m1: v128, m2: v128, m3: v128, to: usize, pixel: usize): void {
  put(to, m0, true);
  put(to + pixel, f32x4.sub(f32x4.sub(m1, m2), m3), true);
  put(to + 2 * pixel, f32x4.sub(f32x4.add(m1, m2), m0), true);
  put(to + 3 * pixel, m3, true);
}

/** dx += the 4×4 pixels of a tile. */
export function addImageOfProducts(
  m: usize,
  plane: usize,
  channels: i32,
  dx: usize,
  row: usize,
  pixel: usize,
): void {
  const fourPlanes = plane << 2;
  const end = dx + (<usize>channels << 2);
  for (; dx < end; dx += 16) {
    const m1 = m + fourPlanes;
    const m2 = m1 + fourPlanes;
    const m3 = m2 + fourPlanes;
    const p00 = v128.load(m);
    const p01 = v128.load(m + plane);
    const p02 = v128.load(m + 2 * plane);
    const p03 = v128.load(m + 3 * plane);
    addImageRow(p00, p01, p02, p03, dx, pixel);
    const p10 = v128.load(m1);
    const p11 = v128.load(m1 + plane);
    const p12 = v128.load(m1 + 2 * plane);
    const p13 = v128.load(m1 + 3 * plane);
    const p20 = v128.load(m2);
    const p21 = v128.load(m2 + plane);
    const p22 = v128.load(m2 + 2 * plane);
    const p23 = v128.load(m2 + 3 * plane);
    addImageRow(
      f32x4.sub(f32x4.add(p10, p20), p00),
      f32x4.sub(f32x4.add(p11, p21), p01),
      f32x4.sub(f32x4.add(p12, p22), p02),
      f32x4.sub(f32x4.add(p13, p23), p03),
      dx + 2 * row, pixel,
    );
    const p30 = v128.load(m3);
    const p31 = v128.load(m3 + plane);
    const p32 = v128.load(m3 + 2 * plane);
    const p33 = v128.load(m3 + 3 * plane);
    addImageRow(
      f32x4.sub(f32x4.sub(p10, p20), p30),
      f32x4.sub(f32x4.sub(p11, p21), p31),
      f32x4.sub(f32x4.sub(p12, p22), p32),
      f32x4.sub(f32x4.sub(p13, p23), p33),
      dx + row, pixel,
    );
    addImageRow(p30, p31, p32, p33, dx + 3 * row, pixel);
    m += 16;
  }
}

/** u1 of one dimension, twice over: u2 is the same with −w1. */
// @ts-ignore: decorator
@inline
function halfSum(w0: v128, w1: v128, w2: v128): v128 {
  return f32x4.mul(f32x4.splat(0.5), f32x4.add(f32x4.add(w0, w2), w1));
}

// @ts-ignore: decorator
@inline
function halfDifference(w0: v128, w1: v128, w2: v128): v128 {
  return f32x4.mul(f32x4.splat(0.5), f32x4.sub(f32x4.add(w0, w2), w1));
}

/** The row of u that comes of one row of w between the maps. */
// @ts-ignore: decorator
@inline
function kernelRow(w0: v128, w1: v128, w2: v128, to: usize, plane: usize): void {
  storeFour(to, plane, w0, halfSum(w0, w1, w2), halfDifference(w0, w1, w2), w2);
}

/** u of four kernels whose taps are `tap` bytes apart. */
// @ts-ignore: decorator
@inline
export function transformKernel(w: usize, tap: usize, to: usize, plane: usize): void {
  const fourPlanes = plane << 2;
  const w1 = w + 3 * tap;
  const w2 = w + 6 * tap;
  const w00 = v128.load(w);
  const w01 = v128.load(w + tap);
  const w02 = v128.load(w + 2 * tap);
  const w10 = v128.load(w1);
  const w11 = v128.load(w1 + tap);
  const w12 = v128.load(w1 + 2 * tap);
  const w20 = v128.load(w2);
  const w21 = v128.load(w2 + tap);
  const w22 = v128.load(w2 + 2 * tap);
  kernelRow(w00, w01, w02, to, plane);
  to += fourPlanes;
  kernelRow(halfSum(w00, w10, w20), halfSum(w01, w11, w21), halfSum(w02, w12, w22), to, plane);
  to += fourPlanes;
  kernelRow(
    halfDifference(w00, w10, w20), halfDifference(w01, w11, w21), halfDifference(w02, w12, w22), to, plane,
  );
  to += fourPlanes;
  kernelRow(w20, w21, w22, to, plane);
}

/** dw (=|+=) the row of a kernel that comes of one row of m between the maps. */
// @ts-ignore: decorator
@inline
function putKernelRow(m0: v128, m1: v128, m2: v128, m3: v128, dw: usize, tap: usize, add: bool): void {
  const half = f32x4.splat(0.5);
  const sum = f32x4.mul(half, f32x4.add(m1, m2));
  put(dw, f32x4.add(m0, sum), add);
  put(dw + tap, f32x4.mul(half, f32x4.sub(m1, m2)), add);
  put(dw + 2 * tap, f32x4.add(sum, m3), add);
}

/** dw (=|+=) four kernels of 3×3 whose taps are `tap` bytes apart. */
export function kernelOfProducts(m: usize, plane: usize, dw: usize, tap: usize, add: bool): void {
  const half = f32x4.splat(0.5);
  const fourPlanes = plane << 2;
  const m1 = m + fourPlanes;
  const m2 = m1 + fourPlanes;
  const m3 = m2 + fourPlanes;
  const p10 = v128.load(m1);
  const p11 = v128.load(m1 + plane);
  const p12 = v128.load(m1 + 2 * plane);
  const p13 = v128.load(m1 + 3 * plane);
  const p20 = v128.load(m2);
  const p21 = v128.load(m2 + plane);
  const p22 = v128.load(m2 + 2 * plane);
  const p23 = v128.load(m2 + 3 * plane);
  putKernelRow(
    f32x4.mul(half, f32x4.sub(p10, p20)),
    f32x4.mul(half, f32x4.sub(p11, p21)),
    f32x4.mul(half, f32x4.sub(p12, p22)),
    f32x4.mul(half, f32x4.sub(p13, p23)),
    dw + 3 * tap, tap, add,
  );
  const s0 = f32x4.mul(half, f32x4.add(p10, p20));
  const s1 = f32x4.mul(half, f32x4.add(p11, p21));
  const s2 = f32x4.mul(half, f32x4.add(p12, p22));
  const s3 = f32x4.mul(half, f32x4.add(p13, p23));
  putKernelRow(
    f32x4.add(v128.load(m), s0),
    f32x4.add(v128.load(m + plane), s1),
    f32x4.add(v128.load(m + 2 * plane), s2),
    f32x4.add(v128.load(m + 3 * plane), s3),
    dw, tap, add,
  );
  putKernelRow(
    f32x4.add(s0, v128.load(m3)),
    f32x4.add(s1, v128.load(m3 + plane)),
    f32x4.add(s2, v128.load(m3 + 2 * plane)),
    f32x4.add(s3, v128.load(m3 + 3 * plane)),
    dw + 6 * tap, tap, add,
  );
}
