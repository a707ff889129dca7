// Gaussian error linear unit: x times the probability that a standard normal number is below x
// (Hendrycks & Gimpel 2016).
//
//   y = x·Φ(x)                     Φ(x) = ½ (1 + erf(x/√2))
//   dx = dy · (Φ(x) + x·φ(x))       φ(x) = e^(−x²/2) / √(2π)
import { unaryBackward, unaryForward, UnaryRow } from "../loops/elementwise";
import { exp4, probabilityAbove4, select4 } from "../simd/vector";

const INVERSE_SQRT_TWO_PI: f32 = 0.3989422804014327;

/** e^{−x²/2} */
// @ts-ignore: decorator
@inline
function gaussian4(x: v128): v128 {
  return exp4(f32x4.mul(f32x4.mul(x, x), f32x4.splat(-0.5)));
}

// @ts-ignore: decorator
@unmanaged
class Gelu {
  /** max(x, 0) − |x|·Φ(−|x|) */
  // @ts-ignore: decorator
  @inline
  forward(x: v128): v128 {
    const magnitude = f32x4.abs(x);
    const above = probabilityAbove4(magnitude, gaussian4(x));
    return f32x4.sub(f32x4.pmax(x, f32x4.splat(0)), f32x4.mul(magnitude, above));
  }

  // @ts-ignore: decorator
  @inline
  backward(x: v128, dy: v128): v128 {
    const zero = f32x4.splat(0);
    const gaussian = gaussian4(x);
    const above = probabilityAbove4(f32x4.abs(x), gaussian);
    const below = select4(f32x4.lt(x, zero), above, f32x4.sub(f32x4.splat(1), above));
    const density = f32x4.mul(f32x4.splat(INVERSE_SQRT_TWO_PI), gaussian);
    return f32x4.mul(dy, f32x4.add(below, f32x4.mul(x, density)));
  }
}

export function geluForward(row: usize, step: usize): void {
  const r = changetype<UnaryRow>(row);
  unaryForward<Gelu>(r.x, r.y, r.count);
}

export function geluBackward(row: usize, step: usize): void {
  const r = changetype<UnaryRow>(row);
  unaryBackward<Gelu>(r.x, r.dy, r.dx, r.addDx, r.count);
}
