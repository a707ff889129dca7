import { scaleByPowerOfTwo } from "./float64";
import { LN2_HIGH, LN2_LOW } from "./logarithm";

/**
 * e^r − 1 − r for |r| ≤ 0.35 by the Taylor series to r¹³/13! (remainder < 5e-18), even and odd powers apart because two
 * short chains of additions run side by side.
 */
export function exponentialTail(r: number): number {
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
