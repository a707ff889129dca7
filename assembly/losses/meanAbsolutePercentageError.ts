// Mean absolute percentage error.
//
//   y = 100 · mean |x − target| / max(|target|, ε)      dx = dy · 100·sign(x − target) / max(|target|, ε) / columns
import { sign4 } from "../simd/lanes";
import { EPSILON } from "./lossRow";
import { meanBackward, meanForward } from "./pairwise";

/** max(|target|, ε) */
// @ts-ignore: decorator
@inline
function divisor(target: v128): v128 {
  return f32x4.pmax(f32x4.abs(target), f32x4.splat(EPSILON));
}

// @ts-ignore: decorator
@unmanaged
class MeanAbsolutePercentageError {
  // @ts-ignore: decorator
  @inline
  term(x: v128, target: v128, _option: v128): v128 {
    return f32x4.div(f32x4.mul(f32x4.abs(f32x4.sub(x, target)), f32x4.splat(100)), divisor(target));
  }

  // @ts-ignore: decorator
  @inline
  slope(x: v128, target: v128, _option: v128): v128 {
    return f32x4.div(f32x4.mul(sign4(f32x4.sub(x, target)), f32x4.splat(100)), divisor(target));
  }
}

export function meanAbsolutePercentageErrorForward(row: usize, step: usize): void {
  meanForward<MeanAbsolutePercentageError>(row, f32x4.splat(0));
}

export function meanAbsolutePercentageErrorBackward(row: usize, step: usize): void {
  meanBackward<MeanAbsolutePercentageError>(row, f32x4.splat(0));
}
