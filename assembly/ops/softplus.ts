// Smooth form of the rectified linear unit.
//
//   y = log(1 + eˣ)        dx = dy · (1 − e⁻ʸ)
import { unaryBackward, unaryForward, UnaryRow } from "../loops/elementwise";
import { expMinusOne4, softplus4 } from "../simd/vector";

// @ts-ignore: decorator
@unmanaged
class Softplus {
  // @ts-ignore: decorator
  @inline
  forward(x: v128): v128 {
    return softplus4(x);
  }

  // @ts-ignore: decorator
  @inline
  backward(y: v128, dy: v128): v128 {
    return f32x4.neg(f32x4.mul(dy, expMinusOne4(f32x4.neg(y))));
  }
}

export function softplusForward(row: usize, step: usize): void {
  const r = changetype<UnaryRow>(row);
  unaryForward<Softplus>(r.x, r.y, r.count);
}

export function softplusBackward(row: usize, step: usize): void {
  const r = changetype<UnaryRow>(row);
  unaryBackward<Softplus>(r.y, r.dy, r.dx, r.addDx, r.count);
}
