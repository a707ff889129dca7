// Piecewise linear sigmoid.
//
//   y = min(max(x + 3, 0), 6) / 6        dx = 0 < y < 1 ? dy/6 : 0
import { unaryBackward, unaryForward, UnaryRow } from "../loops/elementwise";
import { clamp4 } from "../simd/vector";

const SIXTH: f32 = 1.0 / 6.0;

// @ts-ignore: decorator
@unmanaged
class HardSigmoid {
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
  const r = changetype<UnaryRow>(row);
  unaryForward<HardSigmoid>(r.x, r.y, r.count);
}

export function hardSigmoidBackward(row: usize, step: usize): void {
  const r = changetype<UnaryRow>(row);
  unaryBackward<HardSigmoid>(r.y, r.dy, r.dx, r.addDx, r.count);
}
