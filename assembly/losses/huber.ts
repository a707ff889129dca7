// Huber loss.
//
//   e = x − target      c = min(|e|, delta)
//   y = mean c·(|e| − c/2)      dx = dy · (e limited to −delta … delta) / columns
import { meanBackward, meanForward } from "./pairwise";

// @ts-ignore: decorator
@unmanaged
class HuberRow {
  forward: u32;
  backward: u32;
  x: usize;
  dx: usize;
  addDx: i32;
  y: usize;
  dy: usize;
  target: usize;
  rows: i32;
  columns: i32;
  delta: f64;
}

// @ts-ignore: decorator
@unmanaged
class Huber {
  // @ts-ignore: decorator
  @inline
  term(x: v128, target: v128, delta: v128): v128 {
    const error = f32x4.abs(f32x4.sub(x, target));
    const bounded = f32x4.pmin(error, delta);
    return f32x4.mul(bounded, f32x4.sub(error, f32x4.mul(bounded, f32x4.splat(0.5))));
  }

  // @ts-ignore: decorator
  @inline
  slope(x: v128, target: v128, delta: v128): v128 {
    return f32x4.pmax(f32x4.pmin(f32x4.sub(x, target), delta), f32x4.neg(delta));
  }
}

export function huberForward(row: usize, step: usize): void {
  meanForward<Huber>(row, f32x4.splat(<f32>changetype<HuberRow>(row).delta));
}

export function huberBackward(row: usize, step: usize): void {
  meanBackward<Huber>(row, f32x4.splat(<f32>changetype<HuberRow>(row).delta));
}
