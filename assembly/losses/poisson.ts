// Poisson loss.
//
//   y = mean x − target·log(x + ε)      dx = dy · (1 − target/(x + ε)) / columns
import { log4 } from "../simd/vector";
import { EPSILON } from "./lossRow";
import { meanBackward, meanForward } from "./pairwise";

// @ts-ignore: decorator
@unmanaged
class Poisson {
  // @ts-ignore: decorator
  @inline
  term(x: v128, target: v128, _option: v128): v128 {
    return f32x4.sub(x, f32x4.mul(target, log4(f32x4.add(x, f32x4.splat(EPSILON)))));
  }

  // @ts-ignore: decorator
  @inline
  slope(x: v128, target: v128, _option: v128): v128 {
    return f32x4.sub(f32x4.splat(1), f32x4.div(target, f32x4.add(x, f32x4.splat(EPSILON))));
  }
}

export function poissonForward(row: usize, step: usize): void {
  meanForward<Poisson>(row, f32x4.splat(0));
}

export function poissonBackward(row: usize, step: usize): void {
  meanBackward<Poisson>(row, f32x4.splat(0));
}
