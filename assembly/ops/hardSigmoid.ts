// Piecewise linear sigmoid, by its slope at 0. With scale = 6·slope, which is exactly 1 for a sixth:
//
//   y = min(max(scale·x + 3, 0), 6) / 6        dx = 0 < y < 1 ? scale/6·dy : 0
import { optionBackward, optionForward, unaryBackward, unaryForward } from "../loops/elementwise";
import { clamp4 } from "../simd/vector";

// @ts-ignore: decorator
@unmanaged
class HardSigmoidRow {
  forward: u32;
  backward: u32;
  x: usize;
  dx: usize;
  addDx: i32;
  y: usize;
  dy: usize;
  count: i32;
  slope: f64;
}

const SIXTH: f32 = 1.0 / 6.0;

// @ts-ignore: decorator
@unmanaged
class HardSigmoid {
  // @ts-ignore: decorator
  @inline
  forward(x: v128, scale: v128, unused: v128): v128 {
    return f32x4.mul(clamp4(f32x4.add(f32x4.mul(x, scale), f32x4.splat(3)), 0, 6), f32x4.splat(SIXTH));
  }

  // @ts-ignore: decorator
  @inline
  backward(y: v128, dy: v128, scale: v128, unused: v128): v128 {
    const inside = v128.and(f32x4.gt(y, f32x4.splat(0)), f32x4.lt(y, f32x4.splat(1)));
    return v128.and(f32x4.mul(dy, f32x4.mul(scale, f32x4.splat(SIXTH))), inside);
  }
}

/** The same with a scale of 1, by which nothing is multiplied. */
// @ts-ignore: decorator
@unmanaged
class HardSigmoidOfSixth {
  // @ts-ignore: decorator
  @inline
  forward(x: v128): v128 {
    return f32x4.mul(clamp4(f32x4.add(x, f32x4.splat(3)), 0, 6), f32x4.splat(SIXTH));
  }

  // @ts-ignore: decorator
  @inline
  backward(y: v128, dy: v128): v128 {
    const inside = v128.and(f32x4.gt(y, f32x4.splat(0)), f32x4.lt(y, f32x4.splat(1)));
    return v128.and(f32x4.mul(dy, f32x4.splat(SIXTH)), inside);
  }
}

export function hardSigmoidForward(row: usize, step: usize): void {
  const r = changetype<HardSigmoidRow>(row);
  if (6 * r.slope == 1) unaryForward<HardSigmoidOfSixth>(r.x, r.y, r.count);
  else optionForward<HardSigmoid>(r.x, r.y, r.count, 6 * r.slope, 0);
}

export function hardSigmoidBackward(row: usize, step: usize): void {
  const r = changetype<HardSigmoidRow>(row);
  if (6 * r.slope == 1) unaryBackward<HardSigmoidOfSixth>(r.y, r.dy, r.dx, r.addDx, r.count);
  else optionBackward<HardSigmoid>(r.y, r.dy, r.dx, r.addDx, r.count, 6 * r.slope, 0);
}
