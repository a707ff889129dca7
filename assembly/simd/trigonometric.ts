// Sine and cosine of four float32 lanes, in float64: x = k·π/2 + r, |r| ≤ π/4, and the Taylor series of both around 0.
// Error 6e-8 as of a float32 that is rounded once, for |x| from 2²⁵ on, whose quarter turns take more bits of π, too.
import { select4 } from "./vector";

const TWO_OVER_PI: f64 = 0.6366197723675814;
/** π/2 in two parts: the first has 33 bits, so its product with k < 2²⁰ is exact, and off by 4e-9 for |x| < 2²⁵. */
const HALF_PI_HIGH: f64 = 1.5707963267341256;
const HALF_PI_LOW: f64 = 6.077100506506192e-11;
/** From here on the reduction needs more bits of π. */
const LARGE: f32 = 33554432;
const HALF_PI: f64 = 1.5707963267948966;
/** Below, sin x = x in float32; the reduction would lose the sign of −0. */
const SMALL: f32 = 0.000244140625;

/** Whole quarter turns nearest to x. */
// @ts-ignore: decorator
@inline
function quarterTurns(x: v128): v128 {
  return f64x2.nearest(f64x2.mul(x, f64x2.splat(TWO_OVER_PI)));
}

// @ts-ignore: decorator
@inline
function reduced(x: v128, k: v128): v128 {
  const rest = f64x2.sub(x, f64x2.mul(k, f64x2.splat(HALF_PI_HIGH)));
  return f64x2.sub(rest, f64x2.mul(k, f64x2.splat(HALF_PI_LOW)));
}

/** sin r to r¹¹/11!: the remainder is below 7e-12. */
// @ts-ignore: decorator
@inline
function sineNear0(r: v128): v128 {
  const z = f64x2.mul(r, r);
  let p = f64x2.splat(-1 / 39916800.0);
  p = f64x2.add(f64x2.mul(p, z), f64x2.splat(1 / 362880.0));
  p = f64x2.sub(f64x2.mul(p, z), f64x2.splat(1 / 5040.0));
  p = f64x2.add(f64x2.mul(p, z), f64x2.splat(1 / 120.0));
  p = f64x2.sub(f64x2.mul(p, z), f64x2.splat(1 / 6.0));
  return f64x2.add(r, f64x2.mul(f64x2.mul(r, z), p));
}

/** cos r to r¹²/12!: the remainder is below 4e-13. */
// @ts-ignore: decorator
@inline
function cosineNear0(r: v128): v128 {
  const z = f64x2.mul(r, r);
  let p = f64x2.splat(1 / 479001600.0);
  p = f64x2.sub(f64x2.mul(p, z), f64x2.splat(1 / 3628800.0));
  p = f64x2.add(f64x2.mul(p, z), f64x2.splat(1 / 40320.0));
  p = f64x2.sub(f64x2.mul(p, z), f64x2.splat(1 / 720.0));
  p = f64x2.add(f64x2.mul(p, z), f64x2.splat(1 / 24.0));
  p = f64x2.sub(f64x2.mul(p, z), f64x2.splat(0.5));
  return f64x2.add(f64x2.splat(1), f64x2.mul(z, p));
}

/** Two float64 vectors as one of float32. */
// @ts-ignore: decorator
@inline
function narrow(low: v128, high: v128): v128 {
  return v128.shuffle<i64>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2);
}

/** sin(x + turns·π/2) of lanes up to `LARGE`. */
// @ts-ignore: decorator
@inline
function sineOfTurns(x: v128, turns: i32): v128 {
  const xLow = f64x2.promote_low_f32x4(x);
  const xHigh = f64x2.promote_low_f32x4(v128.shuffle<i64>(x, x, 1, 0));
  const kLow = quarterTurns(xLow);
  const kHigh = quarterTurns(xHigh);
  const rLow = reduced(xLow, kLow);
  const rHigh = reduced(xHigh, kHigh);
  const k = v128.shuffle<i64>(i32x4.trunc_sat_f64x2_s_zero(kLow), i32x4.trunc_sat_f64x2_s_zero(kHigh), 0, 2);
  const quadrant = i32x4.add(k, i32x4.splat(turns));
  const isOdd = i32x4.ne(v128.and(quadrant, i32x4.splat(1)), i32x4.splat(0));
  const value = select4(isOdd, narrow(cosineNear0(rLow), cosineNear0(rHigh)), narrow(sineNear0(rLow), sineNear0(rHigh)));
  // The sign changes in the third and fourth quadrant.
  return v128.xor(value, i32x4.shl(v128.and(quadrant, i32x4.splat(2)), 30));
}

/** 32 bits of 2/π, from bit 32·i on, the highest first. */
function bitsOfTwoOverPi(i: i32): u64 {
  switch (i) {
    case 0:
      return 0xa2f9836e;
    case 1:
      return 0x4e441529;
    case 2:
      return 0xfc2757d1;
    case 3:
      return 0xf534ddc0;
    case 4:
      return 0xdb629599;
    case 5:
      return 0x3c439041;
    default:
      return 0xfe5163ab;
  }
}

/** 32 bits of 2/π from a bit on. */
function windowAt(bit: i32): u64 {
  const word = bit >> 5;
  const shift = bit & 31;
  const both = (bitsOfTwoOverPi(word) << 32) | bitsOfTwoOverPi(word + 1);
  return (both << shift) >> 32;
}

/**
 * sin(x + turns·π/2) for |x| ≥ LARGE (Payne & Hanek 1983). x is a whole number m·2^e; the bits of 2/π that make whole turns of
 * m·2^e·2/π are left out, and the next 96 give the quarter turns and their fraction.
 */
function sineOfLarge(x: f32, turns: i32): f32 {
  const bits = reinterpret<u32>(x);
  const e = <i32>((bits >> 23) & 255) - 150;
  if (e > 104) return f32.NaN;
  const m = <u64>((bits & 0x7fffff) | 0x800000);
  const first = e - 2;
  const fraction = ((m * windowAt(first)) << 32) + m * windowAt(first + 32) + ((m * windowAt(first + 64)) >> 32);
  let quadrant = <i32>(fraction >> 62);
  // The fraction of a quarter turn, from −½ to ½: the next bit says which.
  const rest = <i64>(fraction << 2);
  if (rest < 0) quadrant++;
  const r = f64x2.splat(<f64>rest * (HALF_PI / 18446744073709551616.0));
  // Backwards for a negative x, whose cosine is the same.
  if (bits >> 31) quadrant = turns - quadrant;
  else quadrant += turns;
  const isNegative = <i32>(bits >> 31) != 0;
  const angle = isNegative ? f64x2.neg(r) : r;
  const value = f64x2.extract_lane(quadrant & 1 ? cosineNear0(angle) : sineNear0(angle), 0);
  return <f32>(quadrant & 2 ? -value : value);
}

/** A result with the lanes from `LARGE` on put right. */
function largeLanes(x: v128, result: v128, turns: i32): v128 {
  for (let lane = 0; lane < 4; lane++) {
    const one = f32x4.extract_lane(x, 0);
    let value = f32x4.extract_lane(result, 0);
    if (abs(one) >= LARGE) value = sineOfLarge(one, turns);
    x = v128.shuffle<i32>(x, x, 1, 2, 3, 0);
    // The lane comes back to its place after four turns.
    const changed = f32x4.replace_lane(result, 0, value);
    result = v128.shuffle<i32>(changed, changed, 1, 2, 3, 0);
  }
  return result;
}

/** Sine of x radians. */
export function sin4(x: v128): v128 {
  const magnitude = f32x4.abs(x);
  const result = select4(f32x4.lt(magnitude, f32x4.splat(SMALL)), x, sineOfTurns(x, 0));
  return v128.any_true(f32x4.ge(magnitude, f32x4.splat(LARGE))) ? largeLanes(x, result, 0) : result;
}

/** Cosine of x radians. */
export function cos4(x: v128): v128 {
  const result = sineOfTurns(x, 1);
  return v128.any_true(f32x4.ge(f32x4.abs(x), f32x4.splat(LARGE))) ? largeLanes(x, result, 1) : result;
}
