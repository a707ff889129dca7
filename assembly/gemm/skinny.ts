// Products that are too small, or of a matrix too skinny, for packing to pay. Matrices are read where they lie.

import { multiplyAdd } from "./tiles";

/** From so many columns on rows are streamed: of fewer, the first caches give what row16 reads fast enough. */
const STREAMED_COLUMNS: i32 = 320;
/** Rows of b whose products are added before the sums go back to memory. Eight were slower by a third. */
const ROWS_AT_ONCE: i32 = 4;
/** Sums of a row at a time: 2 kB of L1, and of the workspace. */
const MAX_SUMS: i32 = 512;
/** The same of `rowsOfLarge`, for each of its rows. */
const LARGE_SUMS: i32 = 2048;

/**
 * c (=|+=) start + a·b, row by row. `a` moves `aRow` bytes from row to row and `aStep` along the reduction, so that it
 * may be a transposed matrix; rows of b and c are `bRow` and `cRow` bytes apart; `start` is a row of n floats or 0.
 * Each element is the same sum in the same order as in a tile.
 * `workspace` has 2 kB.
 */
export function rowByRow(
  m: i32,
  n: i32,
  depth: i32,
  a: usize,
  aRow: usize,
  aStep: usize,
  b: usize,
  bRow: usize,
  c: usize,
  cRow: usize,
  start: usize,
  accumulate: bool,
  workspace: usize,
): void {
  for (let i = 0; i < m; i++) {
    let j = 0;
    if (n >= STREAMED_COLUMNS && depth >= ROWS_AT_ONCE) {
      for (; j + 4 <= n; j += MAX_SUMS) {
        const at = <usize>j << 2;
        const width = min(n - j, MAX_SUMS) & ~3;
        streamedRow(width, depth, a, aStep, b + at, bRow, c + at, start ? start + at : 0, accumulate, workspace);
      }
      j = n & ~3;
    }
    for (; j + 16 <= n; j += 16) {
      const at = <usize>j << 2;
      row16(depth, a, aStep, b + at, bRow, c + at, start ? start + at : 0, accumulate);
    }
    for (; j + 4 <= n; j += 4) {
      const at = <usize>j << 2;
      row4(depth, a, aStep, b + at, bRow, c + at, start ? start + at : 0, accumulate);
    }
    for (; j + 2 <= n; j += 2) {
      const at = <usize>j << 2;
      pair(depth, a, aStep, b + at, bRow, c + at, start ? start + at : 0, accumulate);
    }
    for (; j < n; j++) {
      const at = <usize>j << 2;
      element(depth, a, aStep, b + at, bRow, c + at, start ? start + at : 0, accumulate);
    }
    a += aRow;
    c += cRow;
  }
}

/**
 * Adds to all sums of a row the products with some rows of b, then those with the next: b is read from its beginning to its end,
 * as processors like to fetch it. The sums stand in c, or where c is to be added to at its end, in the workspace.
 */
function streamedRow(
  n: i32,
  depth: i32,
  a: usize,
  aStep: usize,
  b: usize,
  bRow: usize,
  c: usize,
  start: usize,
  accumulate: bool,
  workspace: usize,
): void {
  const bytes = <usize>n << 2;
  const sums = accumulate ? workspace : c;
  if (start) memory.copy(sums, start, bytes);
  else memory.fill(sums, 0, bytes);
  let p = 0;
  for (; p + ROWS_AT_ONCE <= depth; p += ROWS_AT_ONCE) {
    const x0 = v128.load32_splat(a);
    const x1 = v128.load32_splat(a + aStep);
    const x2 = v128.load32_splat(a + 2 * aStep);
    const x3 = v128.load32_splat(a + 3 * aStep);
    const b1 = b + bRow;
    const b2 = b1 + bRow;
    const b3 = b2 + bRow;
    for (let j: usize = 0; j < bytes; j += 16) {
      let s = multiplyAdd(x0, v128.load(b + j), v128.load(sums + j));
      s = multiplyAdd(x1, v128.load(b1 + j), s);
      s = multiplyAdd(x2, v128.load(b2 + j), s);
      s = multiplyAdd(x3, v128.load(b3 + j), s);
      v128.store(sums + j, s);
    }
    a += <usize>ROWS_AT_ONCE * aStep;
    b = b3 + bRow;
  }
  for (; p < depth; p++) {
    const x = v128.load32_splat(a);
    for (let j: usize = 0; j < bytes; j += 16) {
      v128.store(sums + j, multiplyAdd(x, v128.load(b + j), v128.load(sums + j)));
    }
    a += aStep;
    b += bRow;
  }
  if (!accumulate) return;
  for (let j: usize = 0; j < bytes; j += 16) v128.store(c + j, f32x4.add(v128.load(c + j), v128.load(sums + j)));
}

/**
 * `rowByRow` for up to three rows and a matrix b that caches do not hold: one row of b after the other is read from its beginning to
 * its end, and each number only once. From main memory that is 1.6 to 2.1 times as fast as four rows beside each other, for which
 * processors fetch less ahead (Zen 5, Node 20); from L2 it takes 1.3 times as long. `workspace` has 24 kB.
 */
export function rowsOfLarge(
  m: i32,
  n: i32,
  depth: i32,
  a: usize,
  aRow: usize,
  aStep: usize,
  b: usize,
  bRow: usize,
  c: usize,
  cRow: usize,
  start: usize,
  accumulate: bool,
  workspace: usize,
): void {
  const whole = n & ~3;
  for (let from = 0; from < whole; from += LARGE_SUMS) {
    const bytes = <usize>min(whole - from, LARGE_SUMS) << 2;
    const at = <usize>from << 2;
    const sums = accumulate ? workspace : c + at;
    const sumsRow = accumulate ? <usize>LARGE_SUMS << 2 : cRow;
    for (let i = 0; i < m; i++) {
      if (start) memory.copy(sums + <usize>i * sumsRow, start + at, bytes);
      else memory.fill(sums + <usize>i * sumsRow, 0, bytes);
    }
    let row = b + at;
    for (let p: usize = 0; p < <usize>depth; p++) {
      for (let i = 0; i < m; i++) {
        addScaled(bytes, a + <usize>i * aRow + p * aStep, row, sums + <usize>i * sumsRow);
      }
      row += bRow;
    }
    if (!accumulate) continue;
    for (let i = 0; i < m; i++) {
      const to = c + at + <usize>i * cRow;
      const sum = sums + <usize>i * sumsRow;
      for (let j: usize = 0; j < bytes; j += 16) v128.store(to + j, f32x4.add(v128.load(to + j), v128.load(sum + j)));
    }
  }
  for (let i = 0; i < m; i++) {
    for (let j = whole; j < n; j++) {
      const at = <usize>j << 2;
      const to = c + <usize>i * cRow + at;
      element(depth, a + <usize>i * aRow, aStep, b + at, bRow, to, start ? start + at : 0, accumulate);
    }
  }
}

/** sums += x·row: whole vectors, eight at a time, so that the loop is no longer than what it waits for. */
// @ts-ignore: decorator
@inline
function addScaled(bytes: usize, x: usize, row: usize, sums: usize): void {
  const factor = v128.load32_splat(x);
  let j: usize = 0;
  for (; j + 128 <= bytes; j += 128) {
    const from = row + j;
    const to = sums + j;
    const s0 = multiplyAdd(factor, v128.load(from), v128.load(to));
    const s1 = multiplyAdd(factor, v128.load(from, 16), v128.load(to, 16));
    const s2 = multiplyAdd(factor, v128.load(from, 32), v128.load(to, 32));
    const s3 = multiplyAdd(factor, v128.load(from, 48), v128.load(to, 48));
    const s4 = multiplyAdd(factor, v128.load(from, 64), v128.load(to, 64));
    const s5 = multiplyAdd(factor, v128.load(from, 80), v128.load(to, 80));
    const s6 = multiplyAdd(factor, v128.load(from, 96), v128.load(to, 96));
    const s7 = multiplyAdd(factor, v128.load(from, 112), v128.load(to, 112));
    v128.store(to, s0);
    v128.store(to, s1, 16);
    v128.store(to, s2, 32);
    v128.store(to, s3, 48);
    v128.store(to, s4, 64);
    v128.store(to, s5, 80);
    v128.store(to, s6, 96);
    v128.store(to, s7, 112);
  }
  for (; j < bytes; j += 16) v128.store(sums + j, multiplyAdd(factor, v128.load(row + j), v128.load(sums + j)));
}

function row16(
  depth: i32,
  a: usize,
  aStep: usize,
  b: usize,
  bRow: usize,
  c: usize,
  start: usize,
  accumulate: bool,
): void {
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  if (start) {
    s0 = v128.load(start);
    s1 = v128.load(start, 16);
    s2 = v128.load(start, 32);
    s3 = v128.load(start, 48);
  }
  for (let p = 0; p < depth; p++) {
    const x = v128.load32_splat(a);
    s0 = multiplyAdd(x, v128.load(b), s0);
    s1 = multiplyAdd(x, v128.load(b, 16), s1);
    s2 = multiplyAdd(x, v128.load(b, 32), s2);
    s3 = multiplyAdd(x, v128.load(b, 48), s3);
    a += aStep;
    b += bRow;
  }
  if (accumulate) {
    s0 = f32x4.add(v128.load(c), s0);
    s1 = f32x4.add(v128.load(c, 16), s1);
    s2 = f32x4.add(v128.load(c, 32), s2);
    s3 = f32x4.add(v128.load(c, 48), s3);
  }
  v128.store(c, s0);
  v128.store(c, s1, 16);
  v128.store(c, s2, 32);
  v128.store(c, s3, 48);
}

// @ts-ignore: decorator
@inline
function row4(
  depth: i32,
  a: usize,
  aStep: usize,
  b: usize,
  bRow: usize,
  c: usize,
  start: usize,
  accumulate: bool,
): void {
  let s = start ? v128.load(start) : f32x4.splat(0);
  for (let p = 0; p < depth; p++) {
    s = multiplyAdd(v128.load32_splat(a), v128.load(b), s);
    a += aStep;
    b += bRow;
  }
  v128.store(c, accumulate ? f32x4.add(v128.load(c), s) : s);
}

// @ts-ignore: decorator
@inline
function pair(
  depth: i32,
  a: usize,
  aStep: usize,
  b: usize,
  bRow: usize,
  c: usize,
  start: usize,
  accumulate: bool,
): void {
  let s = start ? v128.load64_zero(start) : f32x4.splat(0);
  for (let p = 0; p < depth; p++) {
    s = multiplyAdd(v128.load32_splat(a), v128.load64_zero(b), s);
    a += aStep;
    b += bRow;
  }
  v128.store64_lane(c, accumulate ? f32x4.add(v128.load64_zero(c), s) : s, 0);
}

// @ts-ignore: decorator
@inline
function element(
  depth: i32,
  a: usize,
  aStep: usize,
  b: usize,
  bStep: usize,
  c: usize,
  start: usize,
  accumulate: bool,
): void {
  let s = start ? v128.load32_zero(start) : f32x4.splat(0);
  for (let p = 0; p < depth; p++) {
    s = multiplyAdd(v128.load32_splat(a), v128.load32_zero(b), s);
    a += aStep;
    b += bStep;
  }
  if (accumulate) s = f32x4.add(v128.load32_zero(c), s);
  v128.store32_lane(c, s, 0);
}

/**
 * c (=|+=) start + a·bᵀ element by element, b [n, depth]: for the smallest of products. `aRow` and `aStep` as in rowByRow.
 * Each element is the same sum in the same order as in a tile.
 */
export function elementByElement(
  m: i32,
  n: i32,
  depth: i32,
  a: usize,
  aRow: usize,
  aStep: usize,
  b: usize,
  bRow: usize,
  c: usize,
  cRow: usize,
  start: usize,
  accumulate: bool,
): void {
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      const at = <usize>j << 2;
      element(depth, a, aStep, b + <usize>j * bRow, 4, c + at, start ? start + at : 0, accumulate);
    }
    a += aRow;
    c += cRow;
  }
}

/**
 * c[i] (=|+=) start + a[i, :]·b for a contiguous vector b. Four running sums along the reduction, one a lane, added
 * as (0 + 1) + (2 + 3): another order than that of a tile, so this may be chosen only by the shape of b.
 */
export function dotRows(
  m: i32,
  depth: i32,
  a: usize,
  aRow: usize,
  b: usize,
  c: usize,
  cRow: usize,
  start: f32,
  accumulate: bool,
): void {
  let i = 0;
  for (; i + 4 <= m; i += 4) {
    let s0 = f32x4.splat(0);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    const a1 = a + aRow;
    const a2 = a1 + aRow;
    const a3 = a2 + aRow;
    const end = <usize>(depth & ~3) << 2;
    for (let p: usize = 0; p < end; p += 16) {
      const x = v128.load(b + p);
      s0 = multiplyAdd(x, v128.load(a + p), s0);
      s1 = multiplyAdd(x, v128.load(a1 + p), s1);
      s2 = multiplyAdd(x, v128.load(a2 + p), s2);
      s3 = multiplyAdd(x, v128.load(a3 + p), s3);
    }
    finishDot(depth, s0, a, b, c, start, accumulate);
    finishDot(depth, s1, a1, b, c + cRow, start, accumulate);
    finishDot(depth, s2, a2, b, c + 2 * cRow, start, accumulate);
    finishDot(depth, s3, a3, b, c + 3 * cRow, start, accumulate);
    a = a3 + aRow;
    c += cRow << 2;
  }
  for (; i < m; i++) {
    let s = f32x4.splat(0);
    const end = <usize>(depth & ~3) << 2;
    for (let p: usize = 0; p < end; p += 16) s = multiplyAdd(v128.load(b + p), v128.load(a + p), s);
    finishDot(depth, s, a, b, c, start, accumulate);
    a += aRow;
    c += cRow;
  }
}

/** c[s] (=|+=) a[s, :]·b[s, :] for `count` pairs of vectors, which begin `aRow` and `bRow` bytes apart; in the order of dotRows. */
export function dotVectors(
  count: i32,
  depth: i32,
  a: usize,
  aRow: usize,
  b: usize,
  bRow: usize,
  c: usize,
  accumulate: bool,
): void {
  const end = <usize>(depth & ~3) << 2;
  for (let s = 0; s < count; s++) {
    let sums = f32x4.splat(0);
    for (let p: usize = 0; p < end; p += 16) sums = multiplyAdd(v128.load(b + p), v128.load(a + p), sums);
    finishDot(depth, sums, a, b, c, 0, accumulate);
    a += aRow;
    b += bRow;
    c += 4;
  }
}

/** c[s, :] (=|+=) a[s]·b[s, :] for `count` vectors of n numbers; `aStep` bytes lie between factors, `bRow` between vectors. */
export function scaleVectors(
  count: i32,
  n: i32,
  a: usize,
  aStep: usize,
  b: usize,
  bRow: usize,
  c: usize,
  accumulate: bool,
): void {
  const bytes = <usize>n << 2;
  const end = <usize>(n & ~3) << 2;
  const zero = f32x4.splat(0);
  for (let s = 0; s < count; s++) {
    const x = v128.load32_splat(a);
    let j: usize = 0;
    for (; j < end; j += 16) {
      const scaled = multiplyAdd(x, v128.load(b + j), zero);
      v128.store(c + j, accumulate ? f32x4.add(v128.load(c + j), scaled) : scaled);
    }
    for (; j < bytes; j += 4) {
      let scaled = multiplyAdd(x, v128.load32_zero(b + j), zero);
      if (accumulate) scaled = f32x4.add(v128.load32_zero(c + j), scaled);
      v128.store32_lane(c + j, scaled, 0);
    }
    a += aStep;
    b += bRow;
    c += bytes;
  }
}

// @ts-ignore: decorator
@inline
function finishDot(depth: i32, sums: v128, a: usize, b: usize, c: usize, start: f32, accumulate: bool): void {
  let s: f32 =
    f32x4.extract_lane(sums, 0) +
    f32x4.extract_lane(sums, 1) +
    (f32x4.extract_lane(sums, 2) + f32x4.extract_lane(sums, 3));
  for (let p = depth & ~3; p < depth; p++) s += load<f32>(a + (<usize>p << 2)) * load<f32>(b + (<usize>p << 2));
  s += start;
  store<f32>(c, accumulate ? load<f32>(c) + s : s);
}
