import { exp } from "./exponential";
import { balancedExponent, scaleByPowerOfTwo } from "./float64";
import { LN2_HIGH, LN2_LOW } from "./logarithm";

/** An unevaluated sum high + low with |low| ≤ ½ ulp(high): about 106 bits (Dekker 1971). */
type DoubleDouble = readonly [high: number, low: number];

/** a + b exactly, for |a| ≥ |b|. */
function fastSum(a: number, b: number): DoubleDouble {
  const high = a + b;
  return [high, b - (high - a)];
}

/** a + b exactly (Knuth). */
function sum(a: number, b: number): DoubleDouble {
  const high = a + b;
  const bInSum = high - a;
  return [high, a - (high - bInSum) + (b - bInSum)];
}

/** a · b exactly (Dekker): each factor split into halves of 26 bits, whose products are exact. */
function product(a: number, b: number): DoubleDouble {
  const splitA = 134217729 * a;
  const highA = splitA - (splitA - a);
  const lowA = a - highA;
  const splitB = 134217729 * b;
  const highB = splitB - (splitB - b);
  const lowB = b - highB;
  const high = a * b;
  return [high, highA * highB - high + highA * lowB + lowA * highB + lowA * lowB];
}

function multiply(a: DoubleDouble, b: DoubleDouble): DoubleDouble {
  const [high, low] = product(a[0], b[0]);
  return fastSum(high, low + (a[0] * b[1] + a[1] * b[0]));
}

/**
 * log(x) for finite x > 0 with an error below 2⁻⁶⁴ of its size or so: the series of `log` with its first terms,
 * 2s·(1 + s²·(1/3 + …)), in double-double.
 */
function preciseLogarithm(x: number): DoubleDouble {
  const k = balancedExponent(x);
  const f = scaleByPowerOfTwo(x, -k) - 1;
  const [divisor, divisorLow] = fastSum(2, f);
  const quotient = f / divisor;
  const [back, backLow] = product(quotient, divisor);
  const s: DoubleDouble = [quotient, (f - back - backLow - quotient * divisorLow) / divisor];
  const square = multiply(s, s);
  const z = square[0];
  const w = z * z;
  const even = 1 / 5 + w * (1 / 9 + w * (1 / 13 + w * (1 / 17 + w * (1 / 21 + w * (1 / 25)))));
  const odd = 1 / 7 + w * (1 / 11 + w * (1 / 15 + w * (1 / 19 + w * (1 / 23))));
  // 1.85e-17 is what 1/3 lacks as a float64.
  const third = fastSum(1 / 3, z * (even + z * odd));
  const bracket = multiply(square, [third[0], third[1] + 1.850371707708594e-17]);
  const tail = multiply(s, bracket);
  const [high, low] = sum(k * LN2_HIGH, 2 * s[0]);
  const [sumHigh, sumLow] = sum(high, 2 * tail[0]);
  const [result, resultLow] = sum(sumHigh, k * LN2_LOW);
  return fastSum(result, resultLow + (sumLow + low + 2 * (s[1] + tail[1])));
}

/** True for an odd integer: every float64 from 2⁵³ on is even. */
function isOdd(y: number): boolean {
  return Math.abs(y) % 2 === 1;
}

/** |x|^y where |x| or y is 0 or infinite. */
function powerAtLimits(magnitude: number, y: number): number {
  if (magnitude === 0 || magnitude === Number.POSITIVE_INFINITY) {
    return (magnitude === 0) === y > 0 ? 0 : Number.POSITIVE_INFINITY;
  }
  return magnitude > 1 === y > 0 ? Number.POSITIVE_INFINITY : 0;
}

/**
 * x^y = e^{y·log x}, the product in double-double, so that the error stays below 1 ulp for large exponents too.
 * The special cases are those of JavaScript's `**`: x^0 = 1 even for NaN, (±1)^±∞ = NaN, NaN for a negative x with a y
 * that is not an integer.
 */
export function pow(x: number, y: number): number {
  if (y === 0) return 1;
  if (Number.isNaN(x) || Number.isNaN(y)) return Number.NaN;
  const magnitude = Math.abs(x);
  const infinite = Math.abs(y) === Number.POSITIVE_INFINITY;
  if (magnitude === 1 && infinite) return Number.NaN;
  const negative = (x < 0 || Object.is(x, -0)) && isOdd(y);
  if (x < 0 && magnitude !== Number.POSITIVE_INFINITY && !infinite && Math.floor(y) !== y) return Number.NaN;
  let result: number;
  if (magnitude === 1) result = 1;
  else if (infinite || magnitude === 0 || magnitude === Number.POSITIVE_INFINITY) result = powerAtLimits(magnitude, y);
  else result = finitePower(magnitude, y);
  return negative ? -result : result;
}

/** x^y for finite x > 0, x ≠ 1, and finite y ≠ 0. */
function finitePower(x: number, y: number): number {
  const logarithm = preciseLogarithm(x);
  const estimate = y * logarithm[0];
  if (estimate > 710) return Number.POSITIVE_INFINITY;
  if (estimate < -746) return 0;
  const [high, low] = product(y, logarithm[0]);
  const exponent = fastSum(high, low + y * logarithm[1]);
  const power = exp(exponent[0]);
  return power === Number.POSITIVE_INFINITY ? power : power + power * exponent[1];
}
