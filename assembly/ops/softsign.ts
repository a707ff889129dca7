// A sigmoid that approaches its limits slowly.
//
//   y = x/(1 + |x|)        dx = dy · (1 − |y|)²
import { unaryBackward, unaryForward, UnaryRow } from "../loops/elementwise";

// @ts-ignore: decorator
@unmanaged
class Softsign {
  // @ts-ignore: decorator
  @inline
  forward(x: v128): v128 {
    return f32x4.div(x, f32x4.add(f32x4.splat(1), f32x4.abs(x)));
  }

  // @ts-ignore: decorator
  @inline
  backward(y: v128, dy: v128): v128 {
    const distance = f32x4.sub(f32x4.splat(1), f32x4.abs(y));
    return f32x4.mul(dy, f32x4.mul(distance, distance));
  }
}

export function softsignForward(row: usize, step: usize): void {
  const r = changetype<UnaryRow>(row);
  unaryForward<Softsign>(r.x, r.y, r.count);
}

export function softsignBackward(row: usize, step: usize): void {
  const r = changetype<UnaryRow>(row);
  unaryBackward<Softsign>(r.y, r.dy, r.dx, r.addDx, r.count);
}
