// Mean absolute error.
//
//   y = mean |x − target|      dx = dy · sign(x − target) / columns
import { sign4 } from "../simd/lanes";
import { meanBackward, meanForward } from "./pairwise";

// @ts-ignore: decorator
@unmanaged
class MeanAbsoluteError {
  // @ts-ignore: decorator
  @inline
  term(x: v128, target: v128, _option: v128): v128 {
    return f32x4.abs(f32x4.sub(x, target));
  }

  // @ts-ignore: decorator
  @inline
  slope(x: v128, target: v128, _option: v128): v128 {
    return sign4(f32x4.sub(x, target));
  }
}

export function meanAbsoluteErrorForward(row: usize, step: usize): void {
  meanForward<MeanAbsoluteError>(row, f32x4.splat(0));
}

export function meanAbsoluteErrorBackward(row: usize, step: usize): void {
  meanBackward<MeanAbsoluteError>(row, f32x4.splat(0));
}
