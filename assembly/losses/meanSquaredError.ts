// Mean squared error.
//
//   y = mean (x − target)²      dx = dy · 2·(x − target) / columns
import { meanBackward, meanForward } from "./pairwise";

// @ts-ignore: decorator
@unmanaged
class MeanSquaredError {
  // @ts-ignore: decorator
  @inline
  term(x: v128, target: v128, _option: v128): v128 {
    const error = f32x4.sub(x, target);
    return f32x4.mul(error, error);
  }

  // @ts-ignore: decorator
  @inline
  slope(x: v128, target: v128, _option: v128): v128 {
    const error = f32x4.sub(x, target);
    return f32x4.add(error, error);
  }
}

export function meanSquaredErrorForward(row: usize, step: usize): void {
  meanForward<MeanSquaredError>(row, f32x4.splat(0));
}

export function meanSquaredErrorBackward(row: usize, step: usize): void {
  meanBackward<MeanSquaredError>(row, f32x4.splat(0));
}
