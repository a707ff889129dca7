// Sums over the rows of a matrix: each column is summed from the first row to the last, whatever thread does it. Up to 128
// rows, which is a usual batch, are summed in float32: where all numbers are the same, rounding errs to one side, by up to
// 9.8·10⁻⁷ of the sum of 64 and 1.9·10⁻⁶ of 128. Of more, 32 at a time are, and float64 takes the sums of those blocks: the error
// stays below 10⁻⁶, whatever the number of rows.
//
// And sums over a whole vector, in float64: one for each of four lanes from the first element to the last, then
// (0 + 2) + (1 + 3) and the elements behind the last whole vector.
import { addHigh, addLow, highHalf, joinHalves, loadSome, storeSome } from "../simd/lanes";
import { shareEnd, shareStart } from "../executor/threads";

/** Numbers that are added in float32 before float64 takes their sum. */
export const FLOAT32_BLOCK: i32 = 32;
/** Numbers of a window, a block or a column, 7×7 of them, that are one sum in float32: off by 7.6·10⁻⁷ at most. */
export const FEW_NUMBERS: i32 = 49;
/** So many rows are one sum in float32. */
const FEW_ROWS: i32 = 128;

/** Most of `count` windows of a size, `stride` apart, that cover the same number. */
// @ts-ignore: decorator
@inline
export function overlap(size: i32, stride: i32, count: i32): i32 {
  return min(count, (size + stride - 1) / stride);
}

/** sum[columns] (=|+=) Σ_rows matrix[rows, columns]. Touches no padding. */
export function sumColumns(rows: i32, columns: i32, matrix: usize, sum: usize, add: i32): void {
  sumColumnsOf(rows, columns, matrix, <usize>columns << 2, sum, add);
}

/** The same of a part of a matrix, whose rows are `stride` bytes apart. */
export function sumColumnsOf(rows: i32, columns: i32, matrix: usize, stride: usize, sum: usize, add: i32): void {
  // Sums of more rows start from 0, take a block at a time and add what stands there at the end.
  const block = rows <= FEW_ROWS ? rows : FLOAT32_BLOCK;
  const to = shareEnd(columns, 16);
  let j = shareStart(columns, 16);
  for (; j + 16 <= to; j += 16) sumSixteen(rows, block, stride, matrix + (<usize>j << 2), sum + (<usize>j << 2), add);
  for (; j < to; j += 4) {
    sumFour(rows, block, stride, matrix + (<usize>j << 2), sum + (<usize>j << 2), add, min(4, to - j) & 3);
  }
}

/** Sixteen columns, a line of the cache, from `matrix` on. */
// @ts-ignore: decorator
@inline
function sumSixteen(rows: i32, block: i32, stride: usize, matrix: usize, sum: usize, add: i32): void {
  const end = matrix + <usize>rows * stride;
  const startsThere = add != 0 && block == rows;
  let low0 = f64x2.splat(0);
  let high0 = low0;
  let low1 = low0;
  let high1 = low0;
  let low2 = low0;
  let high2 = low0;
  let low3 = low0;
  let high3 = low0;
  let sum0 = f32x4.splat(0);
  let sum1 = sum0;
  let sum2 = sum0;
  let sum3 = sum0;
  if (startsThere) {
    sum0 = v128.load(sum);
    sum1 = v128.load(sum, 16);
    sum2 = v128.load(sum, 32);
    sum3 = v128.load(sum, 48);
  }
  let source = matrix;
  while (true) {
    for (const blockEnd = min(end, source + <usize>block * stride); source < blockEnd; source += stride) {
      sum0 = f32x4.add(sum0, v128.load(source));
      sum1 = f32x4.add(sum1, v128.load(source, 16));
      sum2 = f32x4.add(sum2, v128.load(source, 32));
      sum3 = f32x4.add(sum3, v128.load(source, 48));
    }
    if (block == rows) break;
    low0 = addLow(low0, sum0);
    high0 = addHigh(high0, sum0);
    low1 = addLow(low1, sum1);
    high1 = addHigh(high1, sum1);
    low2 = addLow(low2, sum2);
    high2 = addHigh(high2, sum2);
    low3 = addLow(low3, sum3);
    high3 = addHigh(high3, sum3);
    if (source >= end) {
      sum0 = joinHalves(low0, high0);
      sum1 = joinHalves(low1, high1);
      sum2 = joinHalves(low2, high2);
      sum3 = joinHalves(low3, high3);
      break;
    }
    sum0 = f32x4.splat(0);
    sum1 = sum0;
    sum2 = sum0;
    sum3 = sum0;
  }
  if (add && !startsThere) {
    sum0 = f32x4.add(v128.load(sum), sum0);
    sum1 = f32x4.add(v128.load(sum, 16), sum1);
    sum2 = f32x4.add(v128.load(sum, 32), sum2);
    sum3 = f32x4.add(v128.load(sum, 48), sum3);
  }
  v128.store(sum, sum0);
  v128.store(sum, sum1, 16);
  v128.store(sum, sum2, 32);
  v128.store(sum, sum3, 48);
}

/** Four columns, or `part` where that is not 0. */
function sumFour(rows: i32, block: i32, stride: usize, matrix: usize, sum: usize, add: i32, part: i32): void {
  const end = matrix + <usize>rows * stride;
  const startsThere = add != 0 && block == rows;
  let low = f64x2.splat(0);
  let high = low;
  let four = startsThere ? loadSome(sum, part) : f32x4.splat(0);
  let source = matrix;
  while (true) {
    for (const blockEnd = min(end, source + <usize>block * stride); source < blockEnd; source += stride) {
      four = f32x4.add(four, loadSome(source, part));
    }
    if (block == rows) break;
    low = addLow(low, four);
    high = addHigh(high, four);
    four = f32x4.splat(0);
    if (source < end) continue;
    four = joinHalves(low, high);
    break;
  }
  if (add && !startsThere) four = f32x4.add(loadSome(sum, part), four);
  storeSome(sum, four, part);
}

/**
 * sum (=|+=) part for `rows` × `columns` numbers, whose rows are `partRow` and `sumRow` bytes apart; part = what rounding
 * lost of it (Knuth's TwoSum), or 0 where the sum is not finite.
 *
 * With what was lost as the beginning of the next part, a sum of many parts is rounded as if there were few of them.
 */
export function carry(
  rows: i32,
  columns: i32,
  part: usize,
  partRow: usize,
  sum: usize,
  sumRow: usize,
  add: bool,
): void {
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j += 4) {
      const at = <usize>j << 2;
      const lanes = min(columns - j, 4) & 3;
      const addend = loadSome(part + at, lanes);
      const before = add ? loadSome(sum + at, lanes) : f32x4.splat(0);
      const after = f32x4.add(before, addend);
      const added = f32x4.sub(after, before);
      const lost = f32x4.add(f32x4.sub(before, f32x4.sub(after, added)), f32x4.sub(addend, added));
      storeSome(part + at, v128.and(lost, f32x4.eq(lost, lost)), lanes);
      storeSome(sum + at, after, lanes);
    }
    part += partRow;
    sum += sumRow;
  }
}

/** The four lanes of two pairs of sums. */
// @ts-ignore: decorator
@inline
function sum4(low: v128, high: v128): f64 {
  const pairs = f64x2.add(low, high);
  return f64x2.extract_lane(pairs, 0) + f64x2.extract_lane(pairs, 1);
}

/** Σ x_i */
export function sumOf(x: usize, count: i32): f64 {
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  const end = x + ((<usize>count) << 2);
  const wholeEnd = x + ((<usize>(count & ~3)) << 2);
  let at = x;
  for (; at < wholeEnd; at += 16) {
    const elements = v128.load(at);
    low = addLow(low, elements);
    high = addHigh(high, elements);
  }
  let sum = sum4(low, high);
  for (; at < end; at += 4) sum += <f64>load<f32>(at);
  return sum;
}

/** Σ a_i·b_i */
export function sumOfProducts(a: usize, b: usize, count: i32): f64 {
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  const bytes = (<usize>count) << 2;
  const wholeBytes = (<usize>(count & ~3)) << 2;
  let i: usize = 0;
  for (; i < wholeBytes; i += 16) {
    const left = v128.load(a + i);
    const right = v128.load(b + i);
    low = f64x2.add(low, f64x2.mul(f64x2.promote_low_f32x4(left), f64x2.promote_low_f32x4(right)));
    high = f64x2.add(
      high,
      f64x2.mul(f64x2.promote_low_f32x4(highHalf(left)), f64x2.promote_low_f32x4(highHalf(right))),
    );
  }
  let sum = sum4(low, high);
  for (; i < bytes; i += 4) sum += <f64>load<f32>(a + i) * <f64>load<f32>(b + i);
  return sum;
}
