import { powerOfTwo, scaleByPowerOfTwo } from "./float64";

/** ln 2 in two parts (Cody & Waite 1980): the first has 32 bits, so k · LN2_HIGH is exact for |k| < 2²¹. */
export const LN2_HIGH = 0.6931471803691238;
export const LN2_LOW = 1.9082149292705877e-10;

/**
 * e^r − 1 − r for |r| ≤ 0.35 by the Taylor series to r¹³/13! (remainder < 5e-18), even and odd powers apart because two
 * short chains of additions run side by side.
 */
function exponentialTail(r: number): number {
  const z = r * r;
  const even = 1 / 2 + z * (1 / 24 + z * (1 / 720 + z * (1 / 40320 + z * (1 / 3628800 + z * (1 / 479001600)))));
  const odd = 1 / 6 + z * (1 / 120 + z * (1 / 5040 + z * (1 / 362880 + z * (1 / 39916800 + z * (1 / 6227020800)))));
  return z * (even + r * odd);
}

/** e^x. With x = k·ln 2 + r, |r| ≤ ½ ln 2: e^x = 2^k · e^r. Error below 1 ulp. */
export function exp(x: number): number {
  if (x > 709.782712893384) return Number.POSITIVE_INFINITY;
  if (x < -745.1332191019412) return 0;
  if (Number.isNaN(x)) return x;
  const k = Math.floor(x * Math.LOG2E + 0.5);
  const high = x - k * LN2_HIGH;
  const low = k * LN2_LOW;
  const r = high - low;
  const rounding = high - r - low;
  return scaleByPowerOfTwo(1 + (r + (exponentialTail(r) + rounding)), k);
}

/** e^x − 1, accurate near 0 too. With k and r as in `exp`: 2^k · ((1 − 2^−k) + (e^r − 1)). Error below 1.5 ulp. */
export function expm1(x: number): number {
  if (x > 709.782712893384) return Number.POSITIVE_INFINITY;
  if (x < -40) return -1;
  // Also NaN, and −0, whose sign the sums below would lose.
  if (!(Math.abs(x) > 1e-17)) return x;
  const k = Math.floor(x * Math.LOG2E + 0.5);
  if (k === 0) return x + exponentialTail(x);
  const high = x - k * LN2_HIGH;
  const low = k * LN2_LOW;
  const r = high - low;
  const tail = exponentialTail(r) + (high - r - low);
  const offset = 1 - powerOfTwo(Math.max(-k, -1022));
  return scaleByPowerOfTwo(offset + r + tail, k);
}

/** Hyperbolic tangent, from e^{2|x|} − 1 without cancellation. Error below 2 ulp. */
export function tanh(x: number): number {
  const magnitude = Math.abs(x);
  // Also NaN and −0.
  if (!(magnitude > 1e-8)) return x;
  // From 22 on the result rounds to 1.
  const e = expm1(2 * Math.min(magnitude, 22));
  const t = magnitude < 0.55 ? e / (e + 2) : 1 - 2 / (e + 2);
  return x < 0 ? -t : t;
}
