import { balancedExponent, scaleByPowerOfTwo } from "./float64";
import { logarithmOfSum } from "./logarithm";

/** log(1 + x), accurate near 0 too. log1p(−1) = −Infinity, NaN below −1. Error below 1 ulp. */
export function log1p(x: number): number {
  if (!(x > -1)) return x === -1 ? Number.NEGATIVE_INFINITY : Number.NaN;
  // −0 keeps its sign here, and 1/Infinity · Infinity below would be NaN.
  if (x === 0 || x === Number.POSITIVE_INFINITY) return x;
  if (x > -0.29 && x < 0.41) return logarithmOfSum(0, x, 0);
  const sum = 1 + x;
  // What rounding took from the sum, relative to it: log(sum + lost) = log(sum) + lost/sum.
  const lost = sum > x ? (x > 1 ? 1 - (sum - x) : x - (sum - 1)) : 1;
  const k = balancedExponent(sum);
  return logarithmOfSum(k, scaleByPowerOfTwo(sum, -k) - 1, lost / sum);
}
