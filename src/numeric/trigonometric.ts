const TWO_OVER_PI = 0.6366197723675814;
/** π/2 in three parts (Cody & Waite 1980): the first two have 33 bits, so their products with k < 2²⁰ are exact. */
const HALF_PI_HIGH = 1.5707963267341256;
const HALF_PI_MIDDLE = 6.077100506303966e-11;
const HALF_PI_LOW = 2.0222662487959506e-21;
const TWO_PI = 6.283185307179586;

/** sin(r + low) for |r| ≤ π/4 by the Taylor series to r¹⁷/17! (remainder < 1e-19). */
function sineNearZero(r: number, low: number): number {
  const z = r * r;
  const w = z * z;
  const even = 1 / 120 + w * (1 / 362880 + w * (1 / 6227020800 + w * (1 / 355687428096000)));
  const odd = -1 / 5040 + w * (-1 / 39916800 + w * (-1 / 1307674368000));
  const tail = z * (even + z * odd) - 1 / 6;
  return r + (r * z * tail + low * (1 - 0.5 * z));
}

/** cos(r + low) for |r| ≤ π/4 by the Taylor series to r¹⁶/16! (remainder < 3e-18). */
function cosineNearZero(r: number, low: number): number {
  const z = r * r;
  const w = z * z;
  const even = 1 / 24 + w * (1 / 40320 + w * (1 / 479001600 + w * (1 / 20922789888000)));
  const odd = -1 / 720 + w * (-1 / 3628800 + w * (-1 / 87178291200));
  const half = 0.5 * z;
  const leading = 1 - half;
  // (1 − leading) − half is what rounding took from the difference.
  return leading + (1 - leading - half + (w * (even + z * odd) - r * low));
}

/** sin(x + quarterTurns · π/2). */
function sineOfQuarterTurns(x: number, quarterTurns: number): number {
  // The remainder is exact; its divisor is 2π to 53 bits only, hence the documented loss for large |x|.
  if (Math.abs(x) > 1e6) x %= TWO_PI;
  const k = Math.floor(x * TWO_OVER_PI + 0.5);
  const high = x - k * HALF_PI_HIGH;
  const middle = k * HALF_PI_MIDDLE;
  const first = high - middle;
  const rest = high - first - middle - k * HALF_PI_LOW;
  const r = first + rest;
  const low = first - r + rest;
  const quadrant = (k + quarterTurns) & 3;
  const value = quadrant & 1 ? cosineNearZero(r, low) : sineNearZero(r, low);
  return quadrant & 2 ? -value : value;
}

/** Sine of x radians. Error below 1 ulp for |x| ≤ 10⁶; beyond that the absolute error grows as 4e-17 · |x|. */
export function sin(x: number): number {
  // Also −0, whose sign the sums would lose.
  return Math.abs(x) < 1e-8 ? x : sineOfQuarterTurns(x, 0);
}

/** Cosine of x radians. Error below 1 ulp for |x| ≤ 10⁶; beyond that the absolute error grows as 4e-17 · |x|. */
export function cos(x: number): number {
  return sineOfQuarterTurns(x, 1);
}
