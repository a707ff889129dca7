// Rows whose length is not a multiple of four: the last one to three floats, and sums that no other lane may enter.

/** The floats at `address`, count of them (1, 2 or 3), and 0 in the other lanes. Reads nothing behind them. */
// @ts-ignore: decorator
@inline
export function loadLanes(address: usize, count: i32): v128 {
  if (count == 1) return v128.load32_zero(address);
  const pair = v128.load64_zero(address);
  return count == 2 ? pair : v128.load32_lane(address, pair, 2, 8);
}

/** Writes the first `count` lanes (1, 2 or 3) and nothing behind them. */
// @ts-ignore: decorator
@inline
export function storeLanes(address: usize, v: v128, count: i32): void {
  if (count == 1) {
    v128.store32_lane(address, v, 0);
    return;
  }
  v128.store64_lane(address, v, 0);
  if (count == 3) v128.store32_lane(address, v, 2, 8);
}

/** Four floats, or the first `part` with 0 in the other lanes where that is not 0. */
// @ts-ignore: decorator
@inline
export function loadSome(address: usize, part: i32): v128 {
  return part ? loadLanes(address, part) : v128.load(address);
}

/** Writes four floats, or the first `part` where that is not 0. */
// @ts-ignore: decorator
@inline
export function storeSome(address: usize, v: v128, part: i32): void {
  if (part) storeLanes(address, v, part);
  else v128.store(address, v);
}

/** Lanes 2 and 3 in the place of 0 and 1. */
// @ts-ignore: decorator
@inline
export function highHalf(v: v128): v128 {
  return i8x16.shuffle(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15);
}

/** Two pairs of float64 as four float32. */
// @ts-ignore: decorator
@inline
export function joinHalves(low: v128, high: v128): v128 {
  const first = f32x4.demote_f64x2_zero(low);
  const second = f32x4.demote_f64x2_zero(high);
  return i8x16.shuffle(first, second, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
}

/** low, two float64 lanes, plus lanes 0 and 1 of v. */
// @ts-ignore: decorator
@inline
export function addLow(low: v128, v: v128): v128 {
  return f64x2.add(low, f64x2.promote_low_f32x4(v));
}

/** high, two float64 lanes, plus lanes 2 and 3 of v. */
// @ts-ignore: decorator
@inline
export function addHigh(high: v128, v: v128): v128 {
  return f64x2.add(high, f64x2.promote_low_f32x4(highHalf(v)));
}

/** All ones in the first `count` lanes, zeros in the others. */
// @ts-ignore: decorator
@inline
export function laneMask(count: i32): v128 {
  return i32x4.gt_s(i32x4.splat(count), i32x4(0, 1, 2, 3));
}

/** sums, two float64 lanes, plus the four lanes of v: (0, 1) first, then (2, 3). */
// @ts-ignore: decorator
@inline
export function addFloat64(sums: v128, v: v128): v128 {
  return f64x2.add(sums, f64x2.add(f64x2.promote_low_f32x4(v), f64x2.promote_low_f32x4(highHalf(v))));
}

/** The sum of two float64 lanes. */
// @ts-ignore: decorator
@inline
export function sum2(sums: v128): f64 {
  return f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
}

/** v, but NaN where `source` is: a lane of all ones is a NaN. */
// @ts-ignore: decorator
@inline
export function keepNaN(v: v128, source: v128): v128 {
  return v128.or(v, f32x4.ne(source, source));
}

/** −1, 0 or 1; NaN for NaN. */
// @ts-ignore: decorator
@inline
export function sign4(v: v128): v128 {
  const one = f32x4.splat(1);
  const zero = f32x4.splat(0);
  return keepNaN(f32x4.sub(v128.and(one, f32x4.gt(v, zero)), v128.and(one, f32x4.lt(v, zero))), v);
}
