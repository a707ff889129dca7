// Products of matrices that fit L1 beside each other, of which a batch has many: without the panels of packed.ts, because
// packing would take as long as multiplying. Each element is the same sum in the same order as in a tile.
import { transpose } from "./pack";
import { multiplyAdd } from "./tiles";
import { loadSome, storeSome } from "../simd/lanes";

/** Bytes of scratch memory for `multiplySmall` at most: what b takes with its rows filled up to whole vectors. */
// @ts-ignore: decorator
@inline
export function paddedBytes(n: i32, depth: i32): usize {
  return <usize>depth * rowBytes(n);
}

// @ts-ignore: decorator
@inline
function rowBytes(n: i32): usize {
  return <usize>((n + 3) & ~3) << 2;
}

/**
 * c (=|+=) a·b, b [depth, n] or, transposed, [n, depth], c [m, n]. `a` moves `aRow` bytes from row to row and `aStep` along
 * the reduction, so that it may be a transposed matrix. `workspace` has `paddedBytes(n, depth)`.
 */
export function multiplySmall(
  m: i32,
  n: i32,
  depth: i32,
  a: usize,
  aRow: usize,
  aStep: usize,
  b: usize,
  bTransposed: bool,
  c: usize,
  accumulate: bool,
  workspace: usize,
): void {
  const bRow = rowBytes(n);
  const cRow = <usize>n << 2;
  if (bTransposed) {
    transpose(n, depth, b, <usize>depth << 2, workspace, bRow);
    b = workspace;
  } else if (n & 3) {
    padRows(n, depth, b, workspace);
    b = workspace;
  }
  for (let i = 0; i < m; i += 4) {
    const rows = min(4, m - i);
    let j = 0;
    for (; j + 8 <= n; j += 8) {
      const at = <usize>j << 2;
      tileOfEight(rows, depth, a, aRow, aStep, b + at, bRow, c + at, cRow, accumulate);
    }
    for (; j < n; j += 4) {
      const at = <usize>j << 2;
      tileOfFour(rows, depth, a, aRow, aStep, b + at, bRow, c + at, cRow, min(4, n - j) & 3, accumulate);
    }
    a += aRow << 2;
    c += cRow << 2;
  }
}

/** Copies the rows of b behind each other, each filled up to whole vectors with what comes. */
function padRows(n: i32, depth: i32, b: usize, to: usize): void {
  const part = n & 3;
  const whole = <usize>(n & ~3) << 2;
  for (let p = 0; p < depth; p++) {
    for (let at: usize = 0; at < whole; at += 16) v128.store(to + at, v128.load(b + at));
    v128.store(to + whole, loadSome(b + whole, part));
    b += <usize>n << 2;
    to += whole + 16;
  }
}

// @ts-ignore: decorator
@inline
function put(c: usize, sums: v128, part: i32, accumulate: bool): void {
  storeSome(c, accumulate ? f32x4.add(loadSome(c, part), sums) : sums, part);
}

/** Up to four rows by eight columns. Where there are fewer rows, the last is read again. */
function tileOfEight(
  rows: i32,
  depth: i32,
  a0: usize,
  aRow: usize,
  aStep: usize,
  b: usize,
  bRow: usize,
  c: usize,
  cRow: usize,
  accumulate: bool,
): void {
  let a1 = rows > 1 ? a0 + aRow : a0;
  let a2 = rows > 2 ? a1 + aRow : a1;
  let a3 = rows > 3 ? a2 + aRow : a2;
  let s00 = f32x4.splat(0);
  let s01 = s00;
  let s10 = s00;
  let s11 = s00;
  let s20 = s00;
  let s21 = s00;
  let s30 = s00;
  let s31 = s00;
  for (let p = 0; p < depth; p++) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    let x = v128.load32_splat(a0);
    s00 = multiplyAdd(x, b0, s00);
    s01 = multiplyAdd(x, b1, s01);
    x = v128.load32_splat(a1);
    s10 = multiplyAdd(x, b0, s10);
    s11 = multiplyAdd(x, b1, s11);
    x = v128.load32_splat(a2);
    s20 = multiplyAdd(x, b0, s20);
    s21 = multiplyAdd(x, b1, s21);
    x = v128.load32_splat(a3);
    s30 = multiplyAdd(x, b0, s30);
    s31 = multiplyAdd(x, b1, s31);
    a0 += aStep;
    a1 += aStep;
    a2 += aStep;
    a3 += aStep;
    b += bRow;
  }
  put(c, s00, 0, accumulate);
  put(c + 16, s01, 0, accumulate);
  if (rows == 1) return;
  c += cRow;
  put(c, s10, 0, accumulate);
  put(c + 16, s11, 0, accumulate);
  if (rows == 2) return;
  c += cRow;
  put(c, s20, 0, accumulate);
  put(c + 16, s21, 0, accumulate);
  if (rows == 3) return;
  c += cRow;
  put(c, s30, 0, accumulate);
  put(c + 16, s31, 0, accumulate);
}

/** Up to four rows by four columns, or by `part` where that is not 0. */
function tileOfFour(
  rows: i32,
  depth: i32,
  a0: usize,
  aRow: usize,
  aStep: usize,
  b: usize,
  bRow: usize,
  c: usize,
  cRow: usize,
  part: i32,
  accumulate: bool,
): void {
  let a1 = rows > 1 ? a0 + aRow : a0;
  let a2 = rows > 2 ? a1 + aRow : a1;
  let a3 = rows > 3 ? a2 + aRow : a2;
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  for (let p = 0; p < depth; p++) {
    const b0 = v128.load(b);
    s0 = multiplyAdd(v128.load32_splat(a0), b0, s0);
    s1 = multiplyAdd(v128.load32_splat(a1), b0, s1);
    s2 = multiplyAdd(v128.load32_splat(a2), b0, s2);
    s3 = multiplyAdd(v128.load32_splat(a3), b0, s3);
    a0 += aStep;
    a1 += aStep;
    a2 += aStep;
    a3 += aStep;
    b += bRow;
  }
  put(c, s0, part, accumulate);
  if (rows == 1) return;
  put(c + cRow, s1, part, accumulate);
  if (rows == 2) return;
  put(c + 2 * cRow, s2, part, accumulate);
  if (rows == 3) return;
  put(c + 3 * cRow, s3, part, accumulate);
}
