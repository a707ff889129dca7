// Kullback-Leibler divergence.
//
//   t, p = target and x, limited to ε … 1      y = Σ t·log(t/p)      dx = −dy · t/p, 0 where p is not x
import { clamp4, log4 } from "../simd/vector";
import { EPSILON } from "./lossRow";
import { sumBackward, sumForward } from "./pairwise";

// @ts-ignore: decorator
@unmanaged
class KullbackLeiblerDivergence {
  // @ts-ignore: decorator
  @inline
  term(x: v128, target: v128, _option: v128): v128 {
    const t = clamp4(target, EPSILON, 1);
    return f32x4.mul(t, log4(f32x4.div(t, clamp4(x, EPSILON, 1))));
  }

  // @ts-ignore: decorator
  @inline
  slope(x: v128, target: v128, _option: v128): v128 {
    const slope = f32x4.div(f32x4.neg(clamp4(target, EPSILON, 1)), x);
    return v128.andnot(slope, v128.or(f32x4.lt(x, f32x4.splat(EPSILON)), f32x4.gt(x, f32x4.splat(1))));
  }
}

export function kullbackLeiblerDivergenceForward(row: usize, step: usize): void {
  sumForward<KullbackLeiblerDivergence>(row, 1, f32x4.splat(0));
}

export function kullbackLeiblerDivergenceBackward(row: usize, step: usize): void {
  sumBackward<KullbackLeiblerDivergence>(row, 1, f32x4.splat(0));
}
