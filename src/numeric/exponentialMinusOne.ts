import { exponentialTail } from "./exponential";
import { powerOfTwo, scaleByPowerOfTwo } from "./float64";
import { LN2_HIGH, LN2_LOW } from "./logarithm";

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
