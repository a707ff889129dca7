// Exponential linear unit, alpha ≥ 0 (Clevert et al. 2015).
//
//   y = x > 0 ? x : alpha·(eˣ − 1)        dx = dy · (y > 0 ? 1 : y + alpha)
import { optionBackward, optionForward } from "../loops/elementwise";
import { expMinusOne4, select4 } from "../simd/vector";

// @ts-ignore: decorator
@unmanaged
class EluRow {
  forward: u32;
  backward: u32;
  x: usize;
  dx: usize;
  addDx: i32;
  y: usize;
  dy: usize;
  count: i32;
  alpha: f64;
}

// @ts-ignore: decorator
@unmanaged
class Elu {
  // @ts-ignore: decorator
  @inline
  forward(x: v128, alpha: v128, unused: v128): v128 {
    return select4(f32x4.gt(x, f32x4.splat(0)), x, f32x4.mul(alpha, expMinusOne4(x)));
  }

  // @ts-ignore: decorator
  @inline
  backward(y: v128, dy: v128, alpha: v128, unused: v128): v128 {
    const slope = select4(f32x4.gt(y, f32x4.splat(0)), f32x4.splat(1), f32x4.add(y, alpha));
    return f32x4.mul(dy, slope);
  }
}

export function eluForward(row: usize, step: usize): void {
  const r = changetype<EluRow>(row);
  optionForward<Elu>(r.x, r.y, r.count, r.alpha, 0);
}

export function eluBackward(row: usize, step: usize): void {
  const r = changetype<EluRow>(row);
  optionBackward<Elu>(r.y, r.dy, r.dx, r.addDx, r.count, r.alpha, 0);
}
