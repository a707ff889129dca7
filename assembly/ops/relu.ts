// Rectified linear unit.
//
//   y = max(x, 0)      dx = y > 0 ? dy : 0
import { unaryBackward, unaryForward, UnaryRow } from "../loops/elementwise";

// @ts-ignore: decorator
@unmanaged
class Relu {
  // pmax(x, 0) is x < 0 ? 0 : x, so that NaN stays NaN.
  // @ts-ignore: decorator
  @inline
  forward(x: v128): v128 {
    return f32x4.pmax(x, f32x4.splat(0));
  }

  // @ts-ignore: decorator
  @inline
  backward(y: v128, dy: v128): v128 {
    return v128.and(dy, f32x4.gt(y, f32x4.splat(0)));
  }
}

export function rectify(x: usize, y: usize, count: i32): void {
  unaryForward<Relu>(x, y, count);
}

/** dx (=|+=) the gradient, from y. */
export function rectifyGradient(y: usize, dy: usize, dx: usize, add: i32, count: i32): void {
  unaryBackward<Relu>(y, dy, dx, add, count);
}

export function reluForward(row: usize, step: usize): void {
  const r = changetype<UnaryRow>(row);
  rectify(r.x, r.y, r.count);
}

export function reluBackward(row: usize, step: usize): void {
  const r = changetype<UnaryRow>(row);
  rectifyGradient(r.y, r.dy, r.dx, r.addDx, r.count);
}
