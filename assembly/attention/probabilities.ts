// The scores of one query with all keys, and what becomes of them. Lanes are those of the keys' numbers, so sums do not depend on
// how many keys follow that the query does not see: those are zeros.
import { addFloat64, loadSome, sum2 } from "../simd/lanes";
import { exp4, max4, select4 } from "../simd/vector";
import { randomBits4 } from "../simd/random";

// @ts-ignore: decorator
@inline
function lowest(): v128 {
  return f32x4.splat(-Infinity);
}

/** Which of the keys j … j + 3 are seen: all ones or all zeros in each lane. */
// @ts-ignore: decorator
@inline
function seen4(j: i32, first: i32, end: i32, keys: i32, keyMask: usize, mask: usize): v128 {
  const numbers = i32x4.add(i32x4.splat(j), i32x4(0, 1, 2, 3));
  let seen = v128.and(i32x4.ge_s(numbers, i32x4.splat(first)), i32x4.lt_s(numbers, i32x4.splat(end)));
  if (j >= end || j + 4 <= first) return seen;
  const part = j + 4 > keys ? keys & 3 : 0;
  const at = <usize>j << 2;
  if (keyMask) seen = v128.and(seen, f32x4.ne(loadSome(keyMask + at, part), f32x4.splat(0)));
  if (mask) seen = v128.and(seen, f32x4.ne(loadSome(mask + at, part), f32x4.splat(0)));
  return seen;
}

/** scale·s where a key is seen, −∞ elsewhere. */
// @ts-ignore: decorator
@inline
function scaled4(s: v128, scale: v128, j: i32, first: i32, end: i32, keys: i32, keyMask: usize, mask: usize): v128 {
  const x = f32x4.mul(s, scale);
  if (j >= first && j + 4 <= end && !keyMask && !mask) return x;
  return select4(seen4(j, first, end, keys, keyMask, mask), x, lowest());
}

/** Whether any key is seen. */
function seesAny(from: i32, to: i32, first: i32, end: i32, keys: i32, keyMask: usize, mask: usize): bool {
  for (let j = from; j < to; j += 4) if (v128.any_true(seen4(j, first, end, keys, keyMask, mask))) return true;
  return false;
}

/**
 * Turns the products of a query with the keys from `from` to `to`, multiples of four, into e^(scale·s − m), and returns their sum,
 * in float64. Writes m, the largest of scale·s, to `largest`: 0 where nothing is seen.
 */
export function exponentials(
  scores: usize,
  from: i32,
  to: i32,
  first: i32,
  end: i32,
  keys: i32,
  keyMask: usize,
  mask: usize,
  scale: f32,
  largest: usize,
): f64 {
  const scale4 = f32x4.splat(scale);
  const stop = scores + (<usize>to << 2);
  let j = from;
  let most = lowest();
  for (let at = scores + (<usize>from << 2); at < stop; at += 16) {
    const x = scaled4(v128.load(at), scale4, j, first, end, keys, keyMask, mask);
    v128.store(at, x);
    most = f32x4.pmax(most, x);
    j += 4;
  }
  let m = max4(most);
  // Where all that are seen are −∞ or NaN, there is no maximum.
  if (m == -Infinity) m = seesAny(from, to, first, end, keys, keyMask, mask) ? NaN : 0;
  store<f32>(largest, m);
  const m4 = f32x4.splat(m);
  let sums = f64x2.splat(0);
  for (let at = scores + (<usize>from << 2); at < stop; at += 16) {
    const power = exp4(f32x4.sub(v128.load(at), m4));
    v128.store(at, power);
    sums = addFloat64(sums, power);
  }
  return sum2(sums);
}

/** p = inverse·e^(scale·s − m) in place of s. */
export function probabilities(
  scores: usize,
  from: i32,
  to: i32,
  first: i32,
  end: i32,
  keys: i32,
  keyMask: usize,
  mask: usize,
  scale: f32,
  m: f32,
  inverse: f32,
): void {
  const scale4 = f32x4.splat(scale);
  const m4 = f32x4.splat(m);
  const inverse4 = f32x4.splat(inverse);
  const stop = scores + (<usize>to << 2);
  let j = from;
  for (let at = scores + (<usize>from << 2); at < stop; at += 16) {
    const x = scaled4(v128.load(at), scale4, j, first, end, keys, keyMask, mask);
    v128.store(at, f32x4.mul(exp4(f32x4.sub(x, m4)), inverse4));
    j += 4;
  }
}

/** factor·x in place of x. */
export function scaleRow(x: usize, from: i32, to: i32, factor: f32): void {
  const factor4 = f32x4.splat(factor);
  const stop = x + (<usize>to << 2);
  for (let at = x + (<usize>from << 2); at < stop; at += 16) v128.store(at, f32x4.mul(v128.load(at), factor4));
}

/** Bits that keep the elements i … i + 3: all ones or all zeros in each lane. */
// @ts-ignore: decorator
@inline
function kept4(key: u32, i: u32, threshold: v128): v128 {
  return i32x4.ge_s(i32x4.shr_u(randomBits4(key, i), 8), threshold);
}

/** x/(1 − rate) where the random number of an element is at least `rate`, 0 elsewhere; `index` is that of key 0. */
export function dropRow(x: usize, from: i32, to: i32, key: u32, index: u32, rate: f64): void {
  const scale = f32x4.splat(<f32>(1 / (1 - rate)));
  const threshold = i32x4.splat(<i32>Math.ceil(rate * 16777216));
  const stop = x + (<usize>to << 2);
  index += from;
  for (let at = x + (<usize>from << 2); at < stop; at += 16) {
    v128.store(at, v128.and(f32x4.mul(v128.load(at), scale), kept4(key, index, threshold)));
    index += 4;
  }
}

/** x + other in place of x, for the keys that are seen: others have no gradient. */
export function addRow(x: usize, other: usize, from: i32, end: i32, keys: i32): void {
  for (let j = from; j < end; j += 4) {
    const at = <usize>j << 2;
    v128.store(x + at, f32x4.add(v128.load(x + at), loadSome(other + at, j + 4 > keys ? keys & 3 : 0)));
  }
}

/** scale·p·(dp − Σ p·dp) in place of dp. */
export function scoreGradients(p: usize, dp: usize, from: i32, to: i32, scale: f32): void {
  const start = <usize>from << 2;
  const stop = <usize>to << 2;
  let sums = f64x2.splat(0);
  for (let at = start; at < stop; at += 16) {
    sums = addFloat64(sums, f32x4.mul(v128.load(p + at), v128.load(dp + at)));
  }
  const mean4 = f32x4.splat(<f32>sum2(sums));
  const scale4 = f32x4.splat(scale);
  for (let at = start; at < stop; at += 16) {
    const ds = f32x4.mul(f32x4.mul(v128.load(p + at), scale4), f32x4.sub(v128.load(dp + at), mean4));
    v128.store(dp + at, ds);
  }
}
