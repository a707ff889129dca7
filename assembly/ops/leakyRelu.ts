// Rectified linear unit that lets a share of negative values through, negativeSlope ≥ 0 (Maas et al. 2013).
//
//   y = x > 0 ? x : negativeSlope·x        dx = y > 0 ? dy : negativeSlope·dy
import { optionBackward, optionForward } from "../loops/elementwise";
import { select4 } from "../simd/vector";

// @ts-ignore: decorator
@unmanaged
class LeakyReluRow {
  forward: u32;
  backward: u32;
  x: usize;
  dx: usize;
  addDx: i32;
  y: usize;
  dy: usize;
  count: i32;
  negativeSlope: f64;
}

// @ts-ignore: decorator
@unmanaged
class LeakyRelu {
  // @ts-ignore: decorator
  @inline
  forward(x: v128, negativeSlope: v128, unused: v128): v128 {
    return select4(f32x4.gt(x, f32x4.splat(0)), x, f32x4.mul(x, negativeSlope));
  }

  // @ts-ignore: decorator
  @inline
  backward(y: v128, dy: v128, negativeSlope: v128, unused: v128): v128 {
    return select4(f32x4.gt(y, f32x4.splat(0)), dy, f32x4.mul(dy, negativeSlope));
  }
}

export function leakyReluForward(row: usize, step: usize): void {
  const r = changetype<LeakyReluRow>(row);
  optionForward<LeakyRelu>(r.x, r.y, r.count, r.negativeSlope, 0);
}

export function leakyReluBackward(row: usize, step: usize): void {
  const r = changetype<LeakyReluRow>(row);
  optionBackward<LeakyRelu>(r.y, r.dy, r.dx, r.addDx, r.count, r.negativeSlope, 0);
}
