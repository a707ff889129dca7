// Mean squared logarithmic error.
//
//   l(v) = log(1 + max(v, ε))
//   y = mean (l(x) − l(target))²      dx = dy · 2·(l(x) − l(target)) / (1 + x) / columns, 0 where x < ε
import { logOnePlus4 } from "../simd/vector";
import { EPSILON } from "./lossRow";
import { meanBackward, meanForward } from "./pairwise";

/** log(1 + max(v, ε)) */
// @ts-ignore: decorator
@inline
function logarithm(v: v128): v128 {
  return logOnePlus4(f32x4.pmax(v, f32x4.splat(EPSILON)));
}

// @ts-ignore: decorator
@unmanaged
class MeanSquaredLogarithmicError {
  // @ts-ignore: decorator
  @inline
  term(x: v128, target: v128, _option: v128): v128 {
    const difference = f32x4.sub(logarithm(x), logarithm(target));
    return f32x4.mul(difference, difference);
  }

  // @ts-ignore: decorator
  @inline
  slope(x: v128, target: v128, _option: v128): v128 {
    const difference = f32x4.sub(logarithm(x), logarithm(target));
    const slope = f32x4.div(f32x4.add(difference, difference), f32x4.add(x, f32x4.splat(1)));
    return v128.andnot(slope, f32x4.lt(x, f32x4.splat(EPSILON)));
  }
}

export function meanSquaredLogarithmicErrorForward(row: usize, step: usize): void {
  meanForward<MeanSquaredLogarithmicError>(row, f32x4.splat(0));
}

export function meanSquaredLogarithmicErrorBackward(row: usize, step: usize): void {
  meanBackward<MeanSquaredLogarithmicError>(row, f32x4.splat(0));
}
