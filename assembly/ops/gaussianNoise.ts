// Adds a normal random number to every element.
//
//   y_i = x_i + stddev·z_i      z_i = √2·erf⁻¹(t)      dx = dy
//
// t = (2k + 1 − 2²⁴)/2²⁴, k the upper 24 of the random bits of (seed, stream, step, i).
import { ELEMENTWISE_GRAIN } from "../loops/elementwise";
import { Step } from "../executor/program";
import { deriveKey, randomBits4 } from "../simd/random";
import { shareEnd, shareStart } from "../executor/threads";
import { log4, select4 } from "../simd/vector";

// @ts-ignore: decorator
@unmanaged
class GaussianNoiseRow {
  forward: u32;
  backward: u32;
  x: usize;
  dx: usize;
  addDx: i32;
  y: usize;
  dy: usize;
  count: i32;
  seed: i32;
  stream: i32;
  stddev: f64;
}

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

/** The noise of elements i … i + 3. */
// @ts-ignore: decorator
@inline
function noise4(key: u32, i: u32, stddev: v128): v128 {
  const doubled = i32x4.shl(i32x4.shr_u(randomBits4(key, i), 8), 1);
  const t = f32x4.mul(f32x4.convert_i32x4_s(i32x4.sub(doubled, i32x4.splat(16777215))), f32x4.splat(1 / 16777216));
  return f32x4.mul(stddev, normal4(t));
}

export function gaussianNoiseForward(row: usize, step: usize): void {
  const r = changetype<GaussianNoiseRow>(row);
  const key = deriveKey(r.seed, r.stream, changetype<Step>(step).index);
  const stddev = f32x4.splat(<f32>r.stddev);
  const x = r.x;
  const y = r.y;
  const end = shareEnd(r.count, ELEMENTWISE_GRAIN);
  for (let i = shareStart(r.count, ELEMENTWISE_GRAIN); i < end; i += 16) {
    const from = x + (<usize>i << 2);
    const to = y + (<usize>i << 2);
    const y0 = f32x4.add(v128.load(from), noise4(key, i, stddev));
    const y1 = f32x4.add(v128.load(from, 16), noise4(key, i + 4, stddev));
    const y2 = f32x4.add(v128.load(from, 32), noise4(key, i + 8, stddev));
    const y3 = f32x4.add(v128.load(from, 48), noise4(key, i + 12, stddev));
    v128.store(to, y0);
    v128.store(to, y1, 16);
    v128.store(to, y2, 32);
    v128.store(to, y3, 48);
  }
}

export function gaussianNoiseBackward(row: usize, step: usize): void {
  const r = changetype<GaussianNoiseRow>(row);
  const dx = r.dx;
  const dy = r.dy;
  const add = r.addDx;
  const end = <usize>shareEnd(r.count, ELEMENTWISE_GRAIN) << 2;
  for (let i = <usize>shareStart(r.count, ELEMENTWISE_GRAIN) << 2; i < end; i += 16) {
    const gradient = v128.load(dy + i);
    v128.store(dx + i, add ? f32x4.add(v128.load(dx + i), gradient) : gradient);
  }
}
