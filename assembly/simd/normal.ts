// Normal random numbers, from the counter-based generator.
import { randomBits4 } from "./random";
import { log4, select4 } from "./vector";

/** sum·w + coefficient, the coefficient being `near` or `far`. */
// @ts-ignore: decorator
@inline
function term(sum: v128, w: v128, isNear: v128, near: f32, far: f32): v128 {
  return f32x4.add(f32x4.mul(sum, w), select4(isNear, f32x4.splat(near), f32x4.splat(far)));
}

/**
 * √2·erf⁻¹(t), for |t| < 1. With w = −log(1 − t²): t times a polynomial of degree 8 in w − 2.5 where w < 5, and in √w − 3
 * beyond. Relative error 1e-6. Coefficients by M. Giles, "Approximating the erfinv function", GPU Computing Gems 2 (2011).
 */
// @ts-ignore: decorator
@inline
function normal4(t: v128): v128 {
  const one = f32x4.splat(1);
  const logarithm = f32x4.neg(log4(f32x4.mul(f32x4.sub(one, t), f32x4.add(one, t))));
  const isNear = f32x4.lt(logarithm, f32x4.splat(5));
  const near = f32x4.sub(logarithm, f32x4.splat(2.5));
  const far = f32x4.sub(f32x4.sqrt(logarithm), f32x4.splat(3));
  const w = select4(isNear, near, far);
  let p = select4(isNear, f32x4.splat(2.81022636e-8), f32x4.splat(-0.000200214257));
  p = term(p, w, isNear, 3.43273939e-7, 0.000100950558);
  p = term(p, w, isNear, -3.5233877e-6, 0.00134934322);
  p = term(p, w, isNear, -4.39150654e-6, -0.00367342844);
  p = term(p, w, isNear, 0.00021858087, 0.00573950773);
  p = term(p, w, isNear, -0.00125372503, -0.0076224613);
  p = term(p, w, isNear, -0.00417768164, 0.00943887047);
  p = term(p, w, isNear, 0.246640727, 1.00167406);
  p = term(p, w, isNear, 1.50140941, 2.83297682);
  return f32x4.mul(f32x4.splat(1.41421356), f32x4.mul(p, t));
}

/**
 * stddev·z for the normal random numbers z of elements i … i + 3: √2·erf⁻¹(t), t = (2k + 1 − 2²⁴)/2²⁴, k the upper 24 of the
 * random bits.
 */
// @ts-ignore: decorator
@inline
export function noise4(key: u32, i: u32, stddev: v128): v128 {
  const doubled = i32x4.shl(i32x4.shr_u(randomBits4(key, i), 8), 1);
  const t = f32x4.mul(f32x4.convert_i32x4_s(i32x4.sub(doubled, i32x4.splat(16777215))), f32x4.splat(1 / 16777216));
  return f32x4.mul(stddev, normal4(t));
}
