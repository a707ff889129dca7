// Squared hinge loss. t is the target, −1 where that is 0.
//
//   m = max(1 − t·x, 0)      y = mean m²      dx = dy · −2·t·m / columns
import { meanBackward, meanForward } from "./pairwise";
import { signOf } from "./signs";

// @ts-ignore: decorator
@unmanaged
class SquaredHinge {
  // @ts-ignore: decorator
  @inline
  term(x: v128, target: v128, _option: v128): v128 {
    const t = signOf(target);
    const margin = f32x4.pmax(f32x4.sub(f32x4.splat(1), f32x4.mul(t, x)), f32x4.splat(0));
    return f32x4.mul(margin, margin);
  }

  // @ts-ignore: decorator
  @inline
  slope(x: v128, target: v128, _option: v128): v128 {
    const t = signOf(target);
    const margin = f32x4.pmax(f32x4.sub(f32x4.splat(1), f32x4.mul(t, x)), f32x4.splat(0));
    return f32x4.mul(f32x4.mul(t, f32x4.splat(-2)), margin);
  }
}

export function squaredHingeForward(row: usize, step: usize): void {
  meanForward<SquaredHinge>(row, f32x4.splat(0));
}

export function squaredHingeBackward(row: usize, step: usize): void {
  meanBackward<SquaredHinge>(row, f32x4.splat(0));
}
