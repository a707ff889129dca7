import { balancedExponent, scaleByPowerOfTwo } from "./float64";

/** ln 2 in two parts (Cody & Waite 1980): the first has 32 bits, so k · LN2_HIGH is exact for |k| < 2²¹. */
export const LN2_HIGH = 0.6931471803691238;
export const LN2_LOW = 1.9082149292705877e-10;

/**
 * k·ln 2 + log(1 + f) + correction, for √½ ≤ 1 + f ≤ √2 and a correction far smaller than f.
 *
 * With s = f/(2 + f): log(1 + f) = 2·artanh(s) = 2s + s·R, R = 2s²/3 + 2s⁴/5 + …, |s| ≤ 0.172 (remainder < 1e-18).
 * As 2s = f − s·f, and s·f = f²/2 − s·f²/2, the sum is f − (f²/2 − s·(f²/2 + R)): its largest term is exact.
 */
export function logarithmOfSum(k: number, f: number, correction: number): number {
  const s = f / (2 + f);
  const z = s * s;
  const w = z * z;
  const even = 2 / 3 + w * (2 / 7 + w * (2 / 11 + w * (2 / 15 + w * (2 / 19))));
  const odd = 2 / 5 + w * (2 / 9 + w * (2 / 13 + w * (2 / 17 + w * (2 / 21))));
  const halfSquare = 0.5 * f * f;
  const tail = s * (halfSquare + z * (even + z * odd)) + correction;
  if (k === 0) return f - (halfSquare - tail);
  return k * LN2_HIGH - (halfSquare - (tail + k * LN2_LOW) - f);
}

/** Natural logarithm. log(0) = −Infinity, NaN below 0. Error below 1 ulp. */
export function log(x: number): number {
  if (!(x > 0)) return x === 0 ? Number.NEGATIVE_INFINITY : Number.NaN;
  if (x === Number.POSITIVE_INFINITY) return x;
  const k = balancedExponent(x);
  return logarithmOfSum(k, scaleByPowerOfTwo(x, -k) - 1, 0);
}
