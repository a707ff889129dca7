// Hinge loss.
//
//   y = mean max(1 − target·x, 0)      dx = dy · −target / columns where target·x < 1, else 0
import { keepNaN } from "../simd/lanes";
import { meanBackward, meanForward } from "./pairwise";

// @ts-ignore: decorator
@unmanaged
class Hinge {
  // @ts-ignore: decorator
  @inline
  term(x: v128, target: v128, _option: v128): v128 {
    return f32x4.pmax(f32x4.sub(f32x4.splat(1), f32x4.mul(target, x)), f32x4.splat(0));
  }

  // @ts-ignore: decorator
  @inline
  slope(x: v128, target: v128, _option: v128): v128 {
    const margin = f32x4.sub(f32x4.splat(1), f32x4.mul(target, x));
    return keepNaN(v128.and(f32x4.neg(target), f32x4.gt(margin, f32x4.splat(0))), margin);
  }
}

export function hingeForward(row: usize, step: usize): void {
  meanForward<Hinge>(row, f32x4.splat(0));
}

export function hingeBackward(row: usize, step: usize): void {
  meanBackward<Hinge>(row, f32x4.splat(0));
}
