// Functions of four float32 lanes. Each states its largest error, measured by tests/numeric/vector.test.ts; "relative"
// is relative to the true value. All are straight-line code: both sides of a case are computed and one is selected.
// A NaN lane comes out NaN, which is why `pmin` and `pmax` have the variable first: they return their first operand when
// the comparison is not true.
//
// The polynomials are minimax fits by Remez exchange: scripts/fitPolynomials.py.

/** Lane by lane: mask ? a : b, where a mask lane is all ones or all zeros. */
// @ts-ignore: decorator
@inline
export function select4(mask: v128, a: v128, b: v128): v128 {
  return v128.bitselect(a, b, mask);
}

/** x limited to low … high. */
// @ts-ignore: decorator
@inline
export function clamp4(x: v128, low: f32, high: f32): v128 {
  return f32x4.pmax(f32x4.pmin(x, f32x4.splat(high)), f32x4.splat(low));
}

/** |magnitude| with the sign of `sign`. */
// @ts-ignore: decorator
@inline
export function copySign4(magnitude: v128, sign: v128): v128 {
  return v128.bitselect(magnitude, sign, i32x4.splat(0x7fffffff));
}

/** The sum of the lanes: (0 + 1) + (2 + 3). */
// @ts-ignore: decorator
@inline
export function sum4(v: v128): f32 {
  return (
    f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1) + (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3))
  );
}

/** The sum of the lanes in float64: (0 + 2) + (1 + 3). */
// @ts-ignore: decorator
@inline
export function sum4Float64(v: v128): f64 {
  const high = i8x16.shuffle(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15);
  const pairs = f64x2.add(f64x2.promote_low_f32x4(v), f64x2.promote_low_f32x4(high));
  return f64x2.extract_lane(pairs, 0) + f64x2.extract_lane(pairs, 1);
}

/** The largest lane; NaN in a lane other than 0 may be lost. */
// @ts-ignore: decorator
@inline
export function max4(v: v128): f32 {
  const halves = f32x4.pmax(v, i8x16.shuffle(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15));
  const lane0 = f32x4.extract_lane(halves, 0);
  const lane1 = f32x4.extract_lane(halves, 1);
  return lane0 < lane1 ? lane1 : lane0;
}

// ── exponential: x = k·ln 2 + r, |r| ≤ ½ ln 2, e^x = 2^k · e^r (Cody & Waite 1980) ───────────────────────────────────

/** 1.5 · 2²³: adding it rounds to an integer, which then stands in the low bits of the sum. */
const ROUNDER: f32 = 12582912;
const LOG2_E: f32 = 1.4426950408889634;
/** ln 2 in two parts: the first has 10 bits, so k · LN2_HIGH is exact. */
const LN2_HIGH: f32 = 0.693359375;
const LN2_LOW: f32 = -2.12194440054690583e-4;

/** k + ROUNDER. */
// @ts-ignore: decorator
@inline
function roundedQuotient(x: v128): v128 {
  return f32x4.add(f32x4.mul(x, f32x4.splat(LOG2_E)), f32x4.splat(ROUNDER));
}

/** 2^(k−1) for −126 ≤ k ≤ 128; 0 for k = −126. Half the power, because 2^128 is not a float32 but ½ e^x may be. */
// @ts-ignore: decorator
@inline
function halfPowerOfTwo(quotient: v128): v128 {
  // The bits of ROUNDER itself leave the word in the shift.
  return i32x4.shl(i32x4.add(quotient, i32x4.splat(126)), 23);
}

/** e^r − 1 = r + r²·P(r), P of degree 4, relative error 2e-8. */
// @ts-ignore: decorator
@inline
function remainderExponential(x: v128, quotient: v128): v128 {
  const k = f32x4.sub(quotient, f32x4.splat(ROUNDER));
  const r = f32x4.sub(
    f32x4.sub(x, f32x4.mul(k, f32x4.splat(LN2_HIGH))),
    f32x4.mul(k, f32x4.splat(LN2_LOW)),
  );
  let p = f32x4.splat(0.001388251358);
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(0.008366580395));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(0.04166720171));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(0.1666654318));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(0.4999999814));
  return f32x4.add(r, f32x4.mul(f32x4.mul(r, r), p));
}

/** e^x. Relative error 9e-8 where the result is a normal number; 0 for x < −86.99 (a result below 1.7e-38). */
// @ts-ignore: decorator
@inline
export function exp4(x: v128): v128 {
  x = clamp4(x, -87, 89);
  const quotient = roundedQuotient(x);
  const power = halfPowerOfTwo(quotient);
  const half = f32x4.add(power, f32x4.mul(power, remainderExponential(x, quotient)));
  return f32x4.add(half, half);
}

/** e^x − 1 = 2^k·(e^r − 1) + (2^k − 1), accurate near 0 too. Relative error 1.2e-7. */
// @ts-ignore: decorator
@inline
export function expMinusOne4(x: v128): v128 {
  // e^−18 is less than half the distance from −1 to the next float32.
  x = clamp4(x, -18, 89);
  const quotient = roundedQuotient(x);
  const power = halfPowerOfTwo(quotient);
  const half = f32x4.add(
    f32x4.mul(power, remainderExponential(x, quotient)),
    f32x4.sub(power, f32x4.splat(0.5)),
  );
  return f32x4.add(half, half);
}

// ── logarithm: x = 2^k·(1 + f), √½ ≤ 1 + f < √2, log x = k·ln 2 + 2·artanh(s), s = f/(2 + f) ────────────────────────

/** The bits of √½: from here on, the exponent field of a number counts the k of the reduction. */
const SQRT_HALF_BITS: i32 = 0x3f3504f3;
const SMALLEST_NORMAL: f32 = 1.1754943508222875e-38;

/**
 * log(x) + correction for normal x, where the correction is what rounding took from x.
 * 2·artanh(s) = 2s + s·R = f − (f²/2 − s·(f²/2 + R)), R = z·P(z), z = s², P of degree 2, relative error 1e-9.
 */
// @ts-ignore: decorator
@inline
function logarithmOfNormal(x: v128, correction: v128): v128 {
  const k = i32x4.shr_s(i32x4.sub(x, i32x4.splat(SQRT_HALF_BITS)), 23);
  const exponent = f32x4.convert_i32x4_s(k);
  const f = f32x4.sub(i32x4.sub(x, i32x4.shl(k, 23)), f32x4.splat(1));
  const s = f32x4.div(f, f32x4.add(f, f32x4.splat(2)));
  const z = f32x4.mul(s, s);
  let p = f32x4.splat(0.2987302162);
  p = f32x4.add(f32x4.mul(p, z), f32x4.splat(0.3997749786));
  p = f32x4.add(f32x4.mul(p, z), f32x4.splat(0.6666677669));
  const halfSquare = f32x4.mul(f32x4.mul(f, f), f32x4.splat(0.5));
  const low = f32x4.add(f32x4.mul(exponent, f32x4.splat(LN2_LOW)), correction);
  const tail = f32x4.add(f32x4.mul(s, f32x4.add(halfSquare, f32x4.mul(z, p))), low);
  return f32x4.sub(
    f32x4.mul(exponent, f32x4.splat(LN2_HIGH)),
    f32x4.sub(f32x4.sub(halfSquare, tail), f),
  );
}

/** `logarithm` where x is a normal number, and the limits elsewhere: NaN below 0, −∞ at 0, x itself for ∞ and NaN. */
// @ts-ignore: decorator
@inline
function withLogarithmLimits(logarithm: v128, x: v128): v128 {
  const atMostZero = select4(
    f32x4.lt(x, f32x4.splat(0)),
    f32x4.splat(NaN),
    f32x4.splat(-Infinity),
  );
  const finite = select4(f32x4.lt(x, f32x4.splat(SMALLEST_NORMAL)), atMostZero, logarithm);
  return select4(f32x4.lt(x, f32x4.splat(Infinity)), finite, x);
}

/** Natural logarithm. Relative error 9e-8. A subnormal x counts as 0, whose logarithm is −∞; NaN below 0. */
// @ts-ignore: decorator
@inline
export function log4(x: v128): v128 {
  return withLogarithmLimits(logarithmOfNormal(x, f32x4.splat(0)), x);
}

/** What 1 + x lost to rounding, given the sum; from x = 1 on it no longer matters. */
// @ts-ignore: decorator
@inline
function lostInOnePlus(x: v128, sum: v128): v128 {
  const lost = f32x4.sub(x, f32x4.sub(sum, f32x4.splat(1)));
  return v128.and(lost, f32x4.lt(x, f32x4.splat(1)));
}

/** log(1 + x), accurate near 0 too. Relative error 1.4e-7. −∞ at −1, NaN below. */
// @ts-ignore: decorator
@inline
export function logOnePlus4(x: v128): v128 {
  const sum = f32x4.add(x, f32x4.splat(1));
  return withLogarithmLimits(logarithmOfNormal(sum, lostInOnePlus(x, sum)), sum);
}

// ── made of these ────────────────────────────────────────────────────────────────────────────────────────────────────

/** 1/(1 + e^−x). Relative error 1.5e-7 where the result is a normal number; 0 for x < −88.73. */
// @ts-ignore: decorator
@inline
export function sigmoid4(x: v128): v128 {
  const one = f32x4.splat(1);
  return f32x4.div(one, f32x4.add(one, exp4(f32x4.neg(x))));
}

/**
 * log(1 + e^x) = max(x, 0) + log(1 + e^−|x|), which neither overflows nor cancels. Relative error 1.8e-7; 0 for
 * x < −86.99.
 */
// @ts-ignore: decorator
@inline
export function softplus4(x: v128): v128 {
  const small = exp4(f32x4.neg(f32x4.abs(x)));
  const sum = f32x4.add(small, f32x4.splat(1));
  // 1 ≤ sum ≤ 2 needs no limits, and NaN comes through the maximum.
  return f32x4.add(f32x4.pmax(x, f32x4.splat(0)), logarithmOfNormal(sum, lostInOnePlus(small, sum)));
}

/** With e = e^{2|x|} − 1: |tanh x| = e/(e + 2) near 0, 1 − 2/(e + 2) elsewhere. Relative error 1.8e-7. */
// @ts-ignore: decorator
@inline
export function tanh4(x: v128): v128 {
  const magnitude = f32x4.abs(x);
  const e = expMinusOne4(f32x4.add(magnitude, magnitude));
  const large = f32x4.gt(magnitude, f32x4.splat(0.55));
  const quotient = f32x4.div(select4(large, f32x4.splat(2), e), f32x4.add(e, f32x4.splat(2)));
  return copySign4(select4(large, f32x4.sub(f32x4.splat(1), quotient), quotient), x);
}

/**
 * The error function 2/√π ∫₀ˣ e^{−t²} dt. Relative error 1.5e-7.
 *
 *   |x| < 0.9:  erf x = x + x·P(x²), P of degree 5, relative error 1.2e-8
 *   elsewhere:  erf |x| = 1 − e^{−x²}·Q(|x|), Q of degree 7 on [0.9, 4], error of the product 3e-8
 */
// @ts-ignore: decorator
@inline
export function erf4(x: v128): v128 {
  const magnitude = f32x4.abs(x);
  const z = f32x4.mul(x, x);
  let p = f32x4.splat(-0.0006090359374);
  p = f32x4.add(f32x4.mul(p, z), f32x4.splat(0.005011962724));
  p = f32x4.sub(f32x4.mul(p, z), f32x4.splat(0.02677890887));
  p = f32x4.add(f32x4.mul(p, z), f32x4.splat(0.1128214081));
  p = f32x4.sub(f32x4.mul(p, z), f32x4.splat(0.3761252328));
  p = f32x4.add(f32x4.mul(p, z), f32x4.splat(0.1283791538));
  const near = f32x4.add(magnitude, f32x4.mul(magnitude, p));

  const limited = f32x4.pmin(magnitude, f32x4.splat(4));
  let q = f32x4.splat(-0.0004915288093);
  q = f32x4.add(f32x4.mul(q, limited), f32x4.splat(0.007265770634));
  q = f32x4.sub(f32x4.mul(q, limited), f32x4.splat(0.04748214284));
  q = f32x4.add(f32x4.mul(q, limited), f32x4.splat(0.1822437262));
  q = f32x4.sub(f32x4.mul(q, limited), f32x4.splat(0.461358048));
  q = f32x4.add(f32x4.mul(q, limited), f32x4.splat(0.8211472198));
  q = f32x4.sub(f32x4.mul(q, limited), f32x4.splat(1.063152024));
  q = f32x4.add(f32x4.mul(q, limited), f32x4.splat(0.9894105815));
  const far = f32x4.sub(f32x4.splat(1), f32x4.mul(exp4(f32x4.neg(z)), q));

  return copySign4(select4(f32x4.lt(magnitude, f32x4.splat(0.9)), near, far), x);
}

/**
 * The probability that a standard normal number is above t ≥ 0, given e^{−t²/2} to share with whoever needs it too: that times a
 * polynomial of degree 6 in t/(t + 4), error of the product 1e-8, with rounding 7e-8.
 */
// @ts-ignore: decorator
@inline
export function probabilityAbove4(t: v128, gaussian: v128): v128 {
  // From 14 on the gaussian is 0.
  const limited = f32x4.pmin(t, f32x4.splat(14));
  const u = f32x4.div(limited, f32x4.add(limited, f32x4.splat(4)));
  let p = f32x4.splat(-0.1717662552);
  p = f32x4.add(f32x4.mul(p, u), f32x4.splat(0.07205443638));
  p = f32x4.add(f32x4.mul(p, u), f32x4.splat(0.8824012578));
  p = f32x4.sub(f32x4.mul(p, u), f32x4.splat(2.108084198));
  p = f32x4.add(f32x4.mul(p, u), f32x4.splat(2.404334726));
  p = f32x4.sub(f32x4.mul(p, u), f32x4.splat(1.595771671));
  p = f32x4.add(f32x4.mul(p, u), f32x4.splat(0.5000000101));
  return f32x4.mul(gaussian, p);
}
