// a to the power of b in float64, of float32 numbers: e^(b·log |a|). Relative error 6e-8, as of a float32 that is rounded once.
// Without the tables of the standard library, which would not fit below the memory of models.

const LN2_HIGH: f64 = 0.6931471803691238;
const LN2_LOW: f64 = 1.9082149292705877e-10;
const INVERSE_LN2: f64 = 1.4426950408889634;
const SQRT2: f64 = 1.4142135623730951;
/** Beyond, the power is infinite, or 0, in float32. */
const MOST: f64 = 160;

/** log x of a normal number above 0: k·ln 2 + 2·artanh(s), |s| ≤ 0.172, to s¹⁷. Error 1e-15. */
function logOf(x: f64): f64 {
  const bits = reinterpret<u64>(x);
  let k = <i32>(bits >> 52) - 1023;
  let m = reinterpret<f64>((bits & 0x000f_ffff_ffff_ffff) | 0x3ff0_0000_0000_0000);
  if (m > SQRT2) {
    m *= 0.5;
    k++;
  }
  const s = (m - 1) / (m + 1);
  const z = s * s;
  let p: f64 = 1.0 / 17;
  p = p * z + 1.0 / 15;
  p = p * z + 1.0 / 13;
  p = p * z + 1.0 / 11;
  p = p * z + 1.0 / 9;
  p = p * z + 1.0 / 7;
  p = p * z + 1.0 / 5;
  p = p * z + 1.0 / 3;
  p = p * z + 1;
  return <f64>k * LN2_HIGH + (2 * s * p + <f64>k * LN2_LOW);
}

/** e^t for |t| ≤ MOST: 2^k·e^r, |r| ≤ ½ ln 2, to r¹⁰. Error 1e-12. */
function expOf(t: f64): f64 {
  const k = nearest(t * INVERSE_LN2);
  const r = t - k * LN2_HIGH - k * LN2_LOW;
  let p: f64 = 1.0 / 3628800;
  p = p * r + 1.0 / 362880;
  p = p * r + 1.0 / 40320;
  p = p * r + 1.0 / 5040;
  p = p * r + 1.0 / 720;
  p = p * r + 1.0 / 120;
  p = p * r + 1.0 / 24;
  p = p * r + 1.0 / 6;
  p = p * r + 0.5;
  p = p * r + 1;
  p = p * r + 1;
  return p * reinterpret<f64>(<u64>(<i64>k + 1023) << 52);
}

/** What JavaScript's `a ** b` is, as float32. */
export function power(a: f64, b: f64): f32 {
  if (b == 0) return 1;
  if (a != a || b != b) return f32.NaN;
  const magnitude = abs(a);
  const isWhole = nearest(b) == b;
  const isOdd = isWhole && abs(b) < 9007199254740992 && (<i64>b & 1) != 0;
  let result: f64;
  if (abs(b) == Infinity) result = magnitude == 1 ? NaN : magnitude > 1 == b > 0 ? Infinity : 0;
  else if (magnitude == 0 || magnitude == Infinity) result = (magnitude == 0) == b > 0 ? 0 : Infinity;
  else if (a < 0 && !isWhole) return f32.NaN;
  else result = expOf(min(max(b * logOf(magnitude), -MOST), MOST));
  return <f32>(a < 0 || (a == 0 && 1 / a < 0) ? (isOdd ? -result : result) : result);
}
