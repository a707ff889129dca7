// Logistic function.
//
//   y = 1/(1 + e⁻ˣ)        dx = dy · y·(1 − y)
import { unaryBackward, unaryForward, UnaryRow } from "../loops/elementwise";
import { sigmoid4 } from "../simd/vector";

// @ts-ignore: decorator
@unmanaged
class Sigmoid {
  // @ts-ignore: decorator
  @inline
  forward(x: v128): v128 {
    return sigmoid4(x);
  }

  // @ts-ignore: decorator
  @inline
  backward(y: v128, dy: v128): v128 {
    return f32x4.mul(dy, f32x4.mul(y, f32x4.sub(f32x4.splat(1), y)));
  }
}

export function sigmoidOf(x: usize, y: usize, count: i32): void {
  unaryForward<Sigmoid>(x, y, count);
}

/** dx (=|+=) the gradient, from y. */
export function sigmoidGradient(y: usize, dy: usize, dx: usize, add: i32, count: i32): void {
  unaryBackward<Sigmoid>(y, dy, dx, add, count);
}

export function sigmoidForward(row: usize, step: usize): void {
  const r = changetype<UnaryRow>(row);
  sigmoidOf(r.x, r.y, r.count);
}

export function sigmoidBackward(row: usize, step: usize): void {
  const r = changetype<UnaryRow>(row);
  sigmoidGradient(r.y, r.dy, r.dx, r.addDx, r.count);
}
