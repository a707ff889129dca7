// Micro-kernels: the innermost work of a matrix product. A tile of c lives in registers while the reduction runs:
//
//   c[i, j] (=|+=) start[j] + a[i, 0]·b[0, j] + a[i, 1]·b[1, j] + …      i < rows, j < width, in this order
//
// `panel` holds a packed panel of columns of b: first the row `start`, then `depth` rows of `width` floats. Rows of a and c are
// `aRow` and `cRow` bytes apart. A tile computes all its rows and columns: where `rows` is less than its height, the
// last row of a is read again, and c must have room for the full tile.
//
// V8 has 16 vector registers: 8 sums, 4 values of b, one of a and one product fit, larger tiles spill. The exits in the
// middle of the unrolled loops are not only for depths that are no multiple of the unrolling: without them Binaryen
// fuses the steps of each sum into one expression, all loads come first, and everything spills (half the speed).

/** x·y + sum: rounded twice, or once in the relaxed build on processors that can. */
// @ts-ignore: decorator
@inline
export function multiplyAdd(x: v128, y: v128, sum: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(x, y, sum);
  return f32x4.add(sum, f32x4.mul(x, y));
}

/** Two rows by sixteen columns: the form of all full panels. */
export function tile2x16(
  rows: i32,
  depth: i32,
  a: usize,
  aRow: usize,
  panel: usize,
  c: usize,
  cRow: usize,
  accumulate: bool,
): void {
  sum2x16(depth, a, rows > 1 ? a + aRow : a, true, panel, panel + 64, c, cRow, accumulate);
}

/**
 * The sums of two rows of a, at `a0` and `a1`, from the row `start` on or from 0; rows of b, sixteen columns, stand one behind
 * the other.
 */
// @ts-ignore: decorator
@inline
export function sum2x16(
  depth: i32,
  a0: usize,
  a1: usize,
  hasStart: bool,
  start: usize,
  b: usize,
  c: usize,
  cRow: usize,
  accumulate: bool,
): void {
  let s00 = f32x4.splat(0);
  let s01 = s00;
  let s02 = s00;
  let s03 = s00;
  if (hasStart) {
    s00 = v128.load(start, 0);
    s01 = v128.load(start, 16);
    s02 = v128.load(start, 32);
    s03 = v128.load(start, 48);
  }
  let s10 = s00;
  let s11 = s01;
  let s12 = s02;
  let s13 = s03;
  let left = depth;
  while (left > 0) {
    let b0 = v128.load(b, 0);
    let b1 = v128.load(b, 16);
    let b2 = v128.load(b, 32);
    let b3 = v128.load(b, 48);
    let x = v128.load32_splat(a0, 0);
    s00 = multiplyAdd(x, b0, s00);
    s01 = multiplyAdd(x, b1, s01);
    s02 = multiplyAdd(x, b2, s02);
    s03 = multiplyAdd(x, b3, s03);
    x = v128.load32_splat(a1, 0);
    s10 = multiplyAdd(x, b0, s10);
    s11 = multiplyAdd(x, b1, s11);
    s12 = multiplyAdd(x, b2, s12);
    s13 = multiplyAdd(x, b3, s13);
    if (left == 1) break;
    b0 = v128.load(b, 64);
    b1 = v128.load(b, 80);
    b2 = v128.load(b, 96);
    b3 = v128.load(b, 112);
    x = v128.load32_splat(a0, 4);
    s00 = multiplyAdd(x, b0, s00);
    s01 = multiplyAdd(x, b1, s01);
    s02 = multiplyAdd(x, b2, s02);
    s03 = multiplyAdd(x, b3, s03);
    x = v128.load32_splat(a1, 4);
    s10 = multiplyAdd(x, b0, s10);
    s11 = multiplyAdd(x, b1, s11);
    s12 = multiplyAdd(x, b2, s12);
    s13 = multiplyAdd(x, b3, s13);
    if (left == 2) break;
    b0 = v128.load(b, 128);
    b1 = v128.load(b, 144);
    b2 = v128.load(b, 160);
    b3 = v128.load(b, 176);
    x = v128.load32_splat(a0, 8);
    s00 = multiplyAdd(x, b0, s00);
    s01 = multiplyAdd(x, b1, s01);
    s02 = multiplyAdd(x, b2, s02);
    s03 = multiplyAdd(x, b3, s03);
    x = v128.load32_splat(a1, 8);
    s10 = multiplyAdd(x, b0, s10);
    s11 = multiplyAdd(x, b1, s11);
    s12 = multiplyAdd(x, b2, s12);
    s13 = multiplyAdd(x, b3, s13);
    left -= 3;
    b += 192;
    a0 += 12;
    a1 += 12;
  }
  if (accumulate) {
    s00 = f32x4.add(v128.load(c, 0), s00);
    s01 = f32x4.add(v128.load(c, 16), s01);
    s02 = f32x4.add(v128.load(c, 32), s02);
    s03 = f32x4.add(v128.load(c, 48), s03);
    s10 = f32x4.add(v128.load(c + cRow, 0), s10);
    s11 = f32x4.add(v128.load(c + cRow, 16), s11);
    s12 = f32x4.add(v128.load(c + cRow, 32), s12);
    s13 = f32x4.add(v128.load(c + cRow, 48), s13);
  }
  v128.store(c, s00, 0);
  v128.store(c, s01, 16);
  v128.store(c, s02, 32);
  v128.store(c, s03, 48);
  v128.store(c + cRow, s10, 0);
  v128.store(c + cRow, s11, 16);
  v128.store(c + cRow, s12, 32);
  v128.store(c + cRow, s13, 48);
}

/**
 * Four rows by sixteen columns, for vectors of 256 bits (see wideVectors.ts): in those it is 8 sums. With 128 bits it is 16,
 * and would spill.
 */
export function tile4x16(
  rows: i32,
  depth: i32,
  a: usize,
  aRow: usize,
  panel: usize,
  c: usize,
  cRow: usize,
  accumulate: bool,
): void {
  let a0 = a;
  let a1 = rows > 1 ? a0 + aRow : a0;
  let a2 = rows > 2 ? a1 + aRow : a1;
  let a3 = rows > 3 ? a2 + aRow : a2;
  let s00 = v128.load(panel, 0);
  let s01 = v128.load(panel, 16);
  let s02 = v128.load(panel, 32);
  let s03 = v128.load(panel, 48);
  let s10 = s00;
  let s11 = s01;
  let s12 = s02;
  let s13 = s03;
  let s20 = s00;
  let s21 = s01;
  let s22 = s02;
  let s23 = s03;
  let s30 = s00;
  let s31 = s01;
  let s32 = s02;
  let s33 = s03;
  let b = panel + 64;
  let left = depth;
  while (left > 0) {
    let b0 = v128.load(b, 0);
    let b1 = v128.load(b, 16);
    let b2 = v128.load(b, 32);
    let b3 = v128.load(b, 48);
    let x = v128.load32_splat(a0, 0);
    s00 = multiplyAdd(x, b0, s00);
    s01 = multiplyAdd(x, b1, s01);
    s02 = multiplyAdd(x, b2, s02);
    s03 = multiplyAdd(x, b3, s03);
    x = v128.load32_splat(a1, 0);
    s10 = multiplyAdd(x, b0, s10);
    s11 = multiplyAdd(x, b1, s11);
    s12 = multiplyAdd(x, b2, s12);
    s13 = multiplyAdd(x, b3, s13);
    x = v128.load32_splat(a2, 0);
    s20 = multiplyAdd(x, b0, s20);
    s21 = multiplyAdd(x, b1, s21);
    s22 = multiplyAdd(x, b2, s22);
    s23 = multiplyAdd(x, b3, s23);
    x = v128.load32_splat(a3, 0);
    s30 = multiplyAdd(x, b0, s30);
    s31 = multiplyAdd(x, b1, s31);
    s32 = multiplyAdd(x, b2, s32);
    s33 = multiplyAdd(x, b3, s33);
    if (left == 1) break;
    b0 = v128.load(b, 64);
    b1 = v128.load(b, 80);
    b2 = v128.load(b, 96);
    b3 = v128.load(b, 112);
    x = v128.load32_splat(a0, 4);
    s00 = multiplyAdd(x, b0, s00);
    s01 = multiplyAdd(x, b1, s01);
    s02 = multiplyAdd(x, b2, s02);
    s03 = multiplyAdd(x, b3, s03);
    x = v128.load32_splat(a1, 4);
    s10 = multiplyAdd(x, b0, s10);
    s11 = multiplyAdd(x, b1, s11);
    s12 = multiplyAdd(x, b2, s12);
    s13 = multiplyAdd(x, b3, s13);
    x = v128.load32_splat(a2, 4);
    s20 = multiplyAdd(x, b0, s20);
    s21 = multiplyAdd(x, b1, s21);
    s22 = multiplyAdd(x, b2, s22);
    s23 = multiplyAdd(x, b3, s23);
    x = v128.load32_splat(a3, 4);
    s30 = multiplyAdd(x, b0, s30);
    s31 = multiplyAdd(x, b1, s31);
    s32 = multiplyAdd(x, b2, s32);
    s33 = multiplyAdd(x, b3, s33);
    left -= 2;
    b += 128;
    a0 += 8;
    a1 += 8;
    a2 += 8;
    a3 += 8;
  }
  if (accumulate) {
    s00 = f32x4.add(v128.load(c, 0), s00);
    s01 = f32x4.add(v128.load(c, 16), s01);
    s02 = f32x4.add(v128.load(c, 32), s02);
    s03 = f32x4.add(v128.load(c, 48), s03);
    s10 = f32x4.add(v128.load(c + cRow, 0), s10);
    s11 = f32x4.add(v128.load(c + cRow, 16), s11);
    s12 = f32x4.add(v128.load(c + cRow, 32), s12);
    s13 = f32x4.add(v128.load(c + cRow, 48), s13);
    s20 = f32x4.add(v128.load(c + 2 * cRow, 0), s20);
    s21 = f32x4.add(v128.load(c + 2 * cRow, 16), s21);
    s22 = f32x4.add(v128.load(c + 2 * cRow, 32), s22);
    s23 = f32x4.add(v128.load(c + 2 * cRow, 48), s23);
    s30 = f32x4.add(v128.load(c + 3 * cRow, 0), s30);
    s31 = f32x4.add(v128.load(c + 3 * cRow, 16), s31);
    s32 = f32x4.add(v128.load(c + 3 * cRow, 32), s32);
    s33 = f32x4.add(v128.load(c + 3 * cRow, 48), s33);
  }
  v128.store(c, s00, 0);
  v128.store(c, s01, 16);
  v128.store(c, s02, 32);
  v128.store(c, s03, 48);
  v128.store(c + cRow, s10, 0);
  v128.store(c + cRow, s11, 16);
  v128.store(c + cRow, s12, 32);
  v128.store(c + cRow, s13, 48);
  v128.store(c + 2 * cRow, s20, 0);
  v128.store(c + 2 * cRow, s21, 16);
  v128.store(c + 2 * cRow, s22, 32);
  v128.store(c + 2 * cRow, s23, 48);
  v128.store(c + 3 * cRow, s30, 0);
  v128.store(c + 3 * cRow, s31, 16);
  v128.store(c + 3 * cRow, s32, 32);
  v128.store(c + 3 * cRow, s33, 48);
}

/** Two rows by twelve columns: a last panel of nine to twelve. */
export function tile2x12(
  rows: i32,
  depth: i32,
  a: usize,
  aRow: usize,
  panel: usize,
  c: usize,
  cRow: usize,
  accumulate: bool,
): void {
  let a0 = a;
  let a1 = rows > 1 ? a0 + aRow : a0;
  let s00 = v128.load(panel, 0);
  let s01 = v128.load(panel, 16);
  let s02 = v128.load(panel, 32);
  let s10 = s00;
  let s11 = s01;
  let s12 = s02;
  let b = panel + 48;
  let left = depth;
  while (left > 0) {
    let b0 = v128.load(b, 0);
    let b1 = v128.load(b, 16);
    let b2 = v128.load(b, 32);
    let x = v128.load32_splat(a0, 0);
    s00 = multiplyAdd(x, b0, s00);
    s01 = multiplyAdd(x, b1, s01);
    s02 = multiplyAdd(x, b2, s02);
    x = v128.load32_splat(a1, 0);
    s10 = multiplyAdd(x, b0, s10);
    s11 = multiplyAdd(x, b1, s11);
    s12 = multiplyAdd(x, b2, s12);
    if (left == 1) break;
    b0 = v128.load(b, 48);
    b1 = v128.load(b, 64);
    b2 = v128.load(b, 80);
    x = v128.load32_splat(a0, 4);
    s00 = multiplyAdd(x, b0, s00);
    s01 = multiplyAdd(x, b1, s01);
    s02 = multiplyAdd(x, b2, s02);
    x = v128.load32_splat(a1, 4);
    s10 = multiplyAdd(x, b0, s10);
    s11 = multiplyAdd(x, b1, s11);
    s12 = multiplyAdd(x, b2, s12);
    left -= 2;
    b += 96;
    a0 += 8;
    a1 += 8;
  }
  if (accumulate) {
    s00 = f32x4.add(v128.load(c, 0), s00);
    s01 = f32x4.add(v128.load(c, 16), s01);
    s02 = f32x4.add(v128.load(c, 32), s02);
    s10 = f32x4.add(v128.load(c + cRow, 0), s10);
    s11 = f32x4.add(v128.load(c + cRow, 16), s11);
    s12 = f32x4.add(v128.load(c + cRow, 32), s12);
  }
  v128.store(c, s00, 0);
  v128.store(c, s01, 16);
  v128.store(c, s02, 32);
  v128.store(c + cRow, s10, 0);
  v128.store(c + cRow, s11, 16);
  v128.store(c + cRow, s12, 32);
}

/** Four rows by eight columns: a last panel of five to eight. Two rows would leave the adders waiting for their own sums. */
export function tile4x8(
  rows: i32,
  depth: i32,
  a: usize,
  aRow: usize,
  panel: usize,
  c: usize,
  cRow: usize,
  accumulate: bool,
): void {
  let a0 = a;
  let a1 = rows > 1 ? a0 + aRow : a0;
  let a2 = rows > 2 ? a1 + aRow : a1;
  let a3 = rows > 3 ? a2 + aRow : a2;
  let s00 = v128.load(panel, 0);
  let s01 = v128.load(panel, 16);
  let s10 = s00;
  let s11 = s01;
  let s20 = s00;
  let s21 = s01;
  let s30 = s00;
  let s31 = s01;
  let b = panel + 32;
  let left = depth;
  while (left > 0) {
    let b0 = v128.load(b, 0);
    let b1 = v128.load(b, 16);
    let x = v128.load32_splat(a0, 0);
    s00 = multiplyAdd(x, b0, s00);
    s01 = multiplyAdd(x, b1, s01);
    x = v128.load32_splat(a1, 0);
    s10 = multiplyAdd(x, b0, s10);
    s11 = multiplyAdd(x, b1, s11);
    x = v128.load32_splat(a2, 0);
    s20 = multiplyAdd(x, b0, s20);
    s21 = multiplyAdd(x, b1, s21);
    x = v128.load32_splat(a3, 0);
    s30 = multiplyAdd(x, b0, s30);
    s31 = multiplyAdd(x, b1, s31);
    if (left == 1) break;
    b0 = v128.load(b, 32);
    b1 = v128.load(b, 48);
    x = v128.load32_splat(a0, 4);
    s00 = multiplyAdd(x, b0, s00);
    s01 = multiplyAdd(x, b1, s01);
    x = v128.load32_splat(a1, 4);
    s10 = multiplyAdd(x, b0, s10);
    s11 = multiplyAdd(x, b1, s11);
    x = v128.load32_splat(a2, 4);
    s20 = multiplyAdd(x, b0, s20);
    s21 = multiplyAdd(x, b1, s21);
    x = v128.load32_splat(a3, 4);
    s30 = multiplyAdd(x, b0, s30);
    s31 = multiplyAdd(x, b1, s31);
    left -= 2;
    b += 64;
    a0 += 8;
    a1 += 8;
    a2 += 8;
    a3 += 8;
  }
  if (accumulate) {
    s00 = f32x4.add(v128.load(c, 0), s00);
    s01 = f32x4.add(v128.load(c, 16), s01);
    s10 = f32x4.add(v128.load(c + cRow, 0), s10);
    s11 = f32x4.add(v128.load(c + cRow, 16), s11);
    s20 = f32x4.add(v128.load(c + 2 * cRow, 0), s20);
    s21 = f32x4.add(v128.load(c + 2 * cRow, 16), s21);
    s30 = f32x4.add(v128.load(c + 3 * cRow, 0), s30);
    s31 = f32x4.add(v128.load(c + 3 * cRow, 16), s31);
  }
  v128.store(c, s00, 0);
  v128.store(c, s01, 16);
  v128.store(c + cRow, s10, 0);
  v128.store(c + cRow, s11, 16);
  v128.store(c + 2 * cRow, s20, 0);
  v128.store(c + 2 * cRow, s21, 16);
  v128.store(c + 3 * cRow, s30, 0);
  v128.store(c + 3 * cRow, s31, 16);
}

/** Four rows by four columns: a last panel of one to four. */
export function tile4x4(
  rows: i32,
  depth: i32,
  a: usize,
  aRow: usize,
  panel: usize,
  c: usize,
  cRow: usize,
  accumulate: bool,
): void {
  let a0 = a;
  let a1 = rows > 1 ? a0 + aRow : a0;
  let a2 = rows > 2 ? a1 + aRow : a1;
  let a3 = rows > 3 ? a2 + aRow : a2;
  let s00 = v128.load(panel, 0);
  let s10 = s00;
  let s20 = s00;
  let s30 = s00;
  let b = panel + 16;
  let left = depth;
  while (left > 0) {
    let b0 = v128.load(b, 0);
    let x = v128.load32_splat(a0, 0);
    s00 = multiplyAdd(x, b0, s00);
    x = v128.load32_splat(a1, 0);
    s10 = multiplyAdd(x, b0, s10);
    x = v128.load32_splat(a2, 0);
    s20 = multiplyAdd(x, b0, s20);
    x = v128.load32_splat(a3, 0);
    s30 = multiplyAdd(x, b0, s30);
    if (left == 1) break;
    b0 = v128.load(b, 16);
    x = v128.load32_splat(a0, 4);
    s00 = multiplyAdd(x, b0, s00);
    x = v128.load32_splat(a1, 4);
    s10 = multiplyAdd(x, b0, s10);
    x = v128.load32_splat(a2, 4);
    s20 = multiplyAdd(x, b0, s20);
    x = v128.load32_splat(a3, 4);
    s30 = multiplyAdd(x, b0, s30);
    left -= 2;
    b += 32;
    a0 += 8;
    a1 += 8;
    a2 += 8;
    a3 += 8;
  }
  if (accumulate) {
    s00 = f32x4.add(v128.load(c, 0), s00);
    s10 = f32x4.add(v128.load(c + cRow, 0), s10);
    s20 = f32x4.add(v128.load(c + 2 * cRow, 0), s20);
    s30 = f32x4.add(v128.load(c + 3 * cRow, 0), s30);
  }
  v128.store(c, s00, 0);
  v128.store(c + cRow, s10, 0);
  v128.store(c + 2 * cRow, s20, 0);
  v128.store(c + 3 * cRow, s30, 0);
}
