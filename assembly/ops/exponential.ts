// The exponential function.
//
//   y = eˣ        dx = dy · y
import { unaryBackward, unaryForward, UnaryRow } from "../loops/elementwise";
import { exp4 } from "../simd/vector";

// @ts-ignore: decorator
@unmanaged
class Exponential {
  // @ts-ignore: decorator
  @inline
  forward(x: v128): v128 {
    return exp4(x);
  }

  // @ts-ignore: decorator
  @inline
  backward(y: v128, dy: v128): v128 {
    return f32x4.mul(dy, y);
  }
}

export function exponentialForward(row: usize, step: usize): void {
  const r = changetype<UnaryRow>(row);
  unaryForward<Exponential>(r.x, r.y, r.count);
}

export function exponentialBackward(row: usize, step: usize): void {
  const r = changetype<UnaryRow>(row);
  unaryBackward<Exponential>(r.y, r.dy, r.dx, r.addDx, r.count);
}
