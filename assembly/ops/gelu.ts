// Gaussian error linear unit: x times the probability that a standard normal number is below x
// (Hendrycks & Gimpel 2016).
//
//   y = x·Φ(x)                     Φ(x) = ½ (1 + erf(x/√2))
//   dx = dy · (Φ(x) + x·φ(x))       φ(x) = e^(−x²/2) / √(2π)
import { unaryBackward, unaryForward, UnaryRow } from "../loops/elementwise";
import { erf4, erfGivenGaussian4, exp4 } from "../simd/vector";

const SQRT_HALF: f32 = 0.7071067811865476;
const INVERSE_SQRT_TWO_PI: f32 = 0.3989422804014327;

// @ts-ignore: decorator
@unmanaged
class Gelu {
  // @ts-ignore: decorator
  @inline
  forward(x: v128): v128 {
    const half = f32x4.mul(x, f32x4.splat(0.5));
    return f32x4.add(half, f32x4.mul(half, erf4(f32x4.mul(x, f32x4.splat(SQRT_HALF)))));
  }

  // @ts-ignore: decorator
  @inline
  backward(x: v128, dy: v128): v128 {
    const scaled = f32x4.mul(x, f32x4.splat(SQRT_HALF));
    const gaussian = exp4(f32x4.neg(f32x4.mul(scaled, scaled)));
    const half = f32x4.splat(0.5);
    const below = f32x4.add(half, f32x4.mul(half, erfGivenGaussian4(scaled, gaussian)));
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
