// Hinge loss. t is the target, −1 where that is 0.
//
//   y = mean max(1 − t·x, 0)      dx = dy · −t / columns where t·x < 1, else 0
import { keepNaN } from "../simd/lanes";
import { meanBackward, meanForward } from "./pairwise";
import { signOf } from "./signs";

// @ts-ignore: decorator
@unmanaged
class Hinge {
  // @ts-ignore: decorator
  @inline
  term(x: v128, target: v128, _option: v128): v128 {
    const t = signOf(target);
    return f32x4.pmax(f32x4.sub(f32x4.splat(1), f32x4.mul(t, x)), f32x4.splat(0));
  }

  // @ts-ignore: decorator
  @inline
  slope(x: v128, target: v128, _option: v128): v128 {
    const t = signOf(target);
    const margin = f32x4.sub(f32x4.splat(1), f32x4.mul(t, x));
    return keepNaN(v128.and(f32x4.neg(t), f32x4.gt(margin, f32x4.splat(0))), margin);
  }
}

export function hingeForward(row: usize, step: usize): void {
  meanForward<Hinge>(row, f32x4.splat(0));
}

export function hingeBackward(row: usize, step: usize): void {
  meanBackward<Hinge>(row, f32x4.splat(0));
}
