// Hyperbolic tangent.
//
//   y = tanh x        dx = dy · (1 − y²)
import { unaryBackward, unaryForward, UnaryRow } from "../loops/elementwise";
import { tanh4 } from "../simd/vector";

// @ts-ignore: decorator
@unmanaged
class Tanh {
  // @ts-ignore: decorator
  @inline
  forward(x: v128): v128 {
    return tanh4(x);
  }

  // @ts-ignore: decorator
  @inline
  backward(y: v128, dy: v128): v128 {
    return f32x4.mul(dy, f32x4.sub(f32x4.splat(1), f32x4.mul(y, y)));
  }
}

export function tanhOf(x: usize, y: usize, count: i32): void {
  unaryForward<Tanh>(x, y, count);
}

/** dx (=|+=) the gradient, from y. */
export function tanhGradient(y: usize, dy: usize, dx: usize, add: i32, count: i32): void {
  unaryBackward<Tanh>(y, dy, dx, add, count);
}

export function tanhForward(row: usize, step: usize): void {
  const r = changetype<UnaryRow>(row);
  tanhOf(r.x, r.y, r.count);
}

export function tanhBackward(row: usize, step: usize): void {
  const r = changetype<UnaryRow>(row);
  tanhGradient(r.y, r.dy, r.dx, r.addDx, r.count);
}
