// Sums over the rows of a matrix, in float32: each column is summed from the first row to the last, whatever thread does it.
// And sums over a whole vector, in float64: one for each of four lanes from the first element to the last, then
// (0 + 2) + (1 + 3) and the elements behind the last whole vector.
import { shareEnd, shareStart } from "../executor/threads";

/** sum[columns] (=|+=) Σ_rows matrix[rows, columns]. Touches no padding. */
export function sumColumns(rows: i32, columns: i32, matrix: usize, sum: usize, add: i32): void {
  const stride = <usize>columns << 2;
  const bytes = <usize>rows * stride;
  const from = shareStart(columns, 16);
  const to = shareEnd(columns, 16);
  let j = from;
  for (; j + 16 <= to; j += 16) {
    const target = sum + ((<usize>j) << 2);
    let sum0 = f32x4.splat(0);
    let sum1 = f32x4.splat(0);
    let sum2 = f32x4.splat(0);
    let sum3 = f32x4.splat(0);
    if (add) {
      sum0 = v128.load(target);
      sum1 = v128.load(target, 16);
      sum2 = v128.load(target, 32);
      sum3 = v128.load(target, 48);
    }
    const first = matrix + ((<usize>j) << 2);
    const end = first + bytes;
    for (let source = first; source < end; source += stride) {
      sum0 = f32x4.add(sum0, v128.load(source));
      sum1 = f32x4.add(sum1, v128.load(source, 16));
      sum2 = f32x4.add(sum2, v128.load(source, 32));
      sum3 = f32x4.add(sum3, v128.load(source, 48));
    }
    v128.store(target, sum0);
    v128.store(target, sum1, 16);
    v128.store(target, sum2, 32);
    v128.store(target, sum3, 48);
  }
  for (; j < to; j++) {
    const target = sum + ((<usize>j) << 2);
    let total: f32 = add ? load<f32>(target) : 0;
    const first = matrix + ((<usize>j) << 2);
    const end = first + bytes;
    for (let source = first; source < end; source += stride) total += load<f32>(source);
    store<f32>(target, total);
  }
}

// @ts-ignore: decorator
@inline
function upperHalf(v: v128): v128 {
  return i8x16.shuffle(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15);
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
    low = f64x2.add(low, f64x2.promote_low_f32x4(elements));
    high = f64x2.add(high, f64x2.promote_low_f32x4(upperHalf(elements)));
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
      f64x2.mul(f64x2.promote_low_f32x4(upperHalf(left)), f64x2.promote_low_f32x4(upperHalf(right))),
    );
  }
  let sum = sum4(low, high);
  for (; i < bytes; i += 4) sum += <f64>load<f32>(a + i) * <f64>load<f32>(b + i);
  return sum;
}
