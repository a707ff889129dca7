// Rectified linear unit that saturates at 6.
//
//   y = min(max(x, 0), 6)        dx = 0 < y < 6 ? dy : 0
import { unaryBackward, unaryForward, UnaryRow } from "../loops/elementwise";
import { clamp4 } from "../simd/vector";

// @ts-ignore: decorator
@unmanaged
class Relu6 {
  // @ts-ignore: decorator
  @inline
  forward(x: v128): v128 {
    return clamp4(x, 0, 6);
  }

  // @ts-ignore: decorator
  @inline
  backward(y: v128, dy: v128): v128 {
    const inside = v128.and(f32x4.gt(y, f32x4.splat(0)), f32x4.lt(y, f32x4.splat(6)));
    return v128.and(dy, inside);
  }
}

export function relu6Forward(row: usize, step: usize): void {
  const r = changetype<UnaryRow>(row);
  unaryForward<Relu6>(r.x, r.y, r.count);
}

export function relu6Backward(row: usize, step: usize): void {
  const r = changetype<UnaryRow>(row);
  unaryBackward<Relu6>(r.y, r.dy, r.dx, r.addDx, r.count);
}
