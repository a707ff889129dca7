// Binary cross-entropy of probabilities, t the smoothed target.
//
//   p = x, q = 1 − x, both limited to ε … 1 − ε
//   y = mean −t·log p − (1 − t)·log q      dx = dy · ((1 − t)/q − t/p) / columns, 0 where p is not x
import { clamp4, log4 } from "../simd/vector";
import { EPSILON, ONE_MINUS_EPSILON, SmoothedLossRow } from "./lossRow";
import { meanBackward, meanForward } from "./pairwise";
import { smoothBinary } from "./smoothing";

// @ts-ignore: decorator
@unmanaged
class BinaryCrossentropy {
  // @ts-ignore: decorator
  @inline
  term(x: v128, target: v128, smoothing: v128): v128 {
    const one = f32x4.splat(1);
    // q is not 1 − p: float32 has 1e-7, but no 1 − 1e-7.
    const p = clamp4(x, EPSILON, ONE_MINUS_EPSILON);
    const q = clamp4(f32x4.sub(one, x), EPSILON, ONE_MINUS_EPSILON);
    const ofOne = f32x4.mul(smoothBinary(target, smoothing), log4(p));
    const ofZero = f32x4.mul(smoothBinary(f32x4.sub(one, target), smoothing), log4(q));
    return f32x4.neg(f32x4.add(ofOne, ofZero));
  }

  // @ts-ignore: decorator
  @inline
  slope(x: v128, target: v128, smoothing: v128): v128 {
    const one = f32x4.splat(1);
    const rest = f32x4.sub(one, x);
    const ofOne = f32x4.div(smoothBinary(target, smoothing), x);
    const ofZero = f32x4.div(smoothBinary(f32x4.sub(one, target), smoothing), rest);
    const clipped = v128.or(f32x4.lt(x, f32x4.splat(EPSILON)), f32x4.lt(rest, f32x4.splat(EPSILON)));
    return v128.andnot(f32x4.sub(ofZero, ofOne), clipped);
  }
}

export function binaryCrossentropyForward(row: usize, step: usize): void {
  meanForward<BinaryCrossentropy>(row, f32x4.splat(<f32>changetype<SmoothedLossRow>(row).labelSmoothing));
}

export function binaryCrossentropyBackward(row: usize, step: usize): void {
  meanBackward<BinaryCrossentropy>(row, f32x4.splat(<f32>changetype<SmoothedLossRow>(row).labelSmoothing));
}
