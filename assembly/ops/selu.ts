// Scaled exponential linear unit, whose constants keep mean 0 and variance 1 from layer to layer
// (Klambauer et al. 2017).
//
//   y = scale · (x > 0 ? x : alpha·(eˣ − 1))        dx = dy · (y > 0 ? scale : y + scale·alpha)
import { unaryBackward, unaryForward, UnaryRow } from "../loops/elementwise";
import { expMinusOne4, select4 } from "../simd/vector";

const SCALE: f32 = 1.0507009873554805;
const SCALED_ALPHA: f32 = 1.0507009873554805 * 1.6732632423543772;

// @ts-ignore: decorator
@unmanaged
class Selu {
  // @ts-ignore: decorator
  @inline
  forward(x: v128): v128 {
    const negative = f32x4.mul(f32x4.splat(SCALED_ALPHA), expMinusOne4(x));
    return select4(f32x4.gt(x, f32x4.splat(0)), f32x4.mul(f32x4.splat(SCALE), x), negative);
  }

  // @ts-ignore: decorator
  @inline
  backward(y: v128, dy: v128): v128 {
    const negative = f32x4.add(y, f32x4.splat(SCALED_ALPHA));
    return f32x4.mul(dy, select4(f32x4.gt(y, f32x4.splat(0)), f32x4.splat(SCALE), negative));
  }
}

export function seluForward(row: usize, step: usize): void {
  const r = changetype<UnaryRow>(row);
  unaryForward<Selu>(r.x, r.y, r.count);
}

export function seluBackward(row: usize, step: usize): void {
  const r = changetype<UnaryRow>(row);
  unaryBackward<Selu>(r.y, r.dy, r.dx, r.addDx, r.count);
}
