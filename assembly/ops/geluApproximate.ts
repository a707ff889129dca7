// The gaussian error linear unit with a hyperbolic tangent in place of the error function (Hendrycks & Gimpel 2016).
//
//   y = ½ x (1 + tanh u) = x·σ(2u)                  u = √(2/π) (x + 0.044715 x³),  σ(z) = 1/(1 + e⁻ᶻ)
//   dx = dy · (σ + x·σ·(1 − σ)·d2u/dx)       d2u/dx = 2√(2/π) (1 + 3·0.044715 x²)
import { unaryBackward, unaryForward, UnaryRow } from "../loops/elementwise";
import { clamp4, exp4, select4, sigmoid4 } from "../simd/vector";

/** 2√(2/π), the slope of 2u at 0. */
const SLOPE_AT_ZERO: f32 = 1.5957691216057308;
const CUBIC: f32 = 0.044715;

// @ts-ignore: decorator
@unmanaged
class GeluApproximate {
  // @ts-ignore: decorator
  @inline
  forward(x: v128): v128 {
    const square = f32x4.mul(f32x4.splat(CUBIC), f32x4.mul(x, x));
    const argument = f32x4.mul(f32x4.mul(f32x4.splat(SLOPE_AT_ZERO), x), f32x4.add(f32x4.splat(1), square));
    return f32x4.mul(x, sigmoid4(argument));
  }

  // @ts-ignore: decorator
  @inline
  backward(x: v128, dy: v128): v128 {
    const one = f32x4.splat(1);
    const limited = clamp4(x, -16, 16);
    const square = f32x4.mul(f32x4.splat(CUBIC), f32x4.mul(limited, limited));
    const slope = f32x4.splat(SLOPE_AT_ZERO);
    const argument = f32x4.mul(f32x4.mul(slope, limited), f32x4.add(one, square));
    // 1 − σ would lose the digits of the smaller of the two.
    const power = exp4(f32x4.neg(f32x4.abs(argument)));
    const larger = f32x4.div(one, f32x4.add(one, power));
    const smaller = f32x4.mul(power, larger);
    const gate = select4(f32x4.lt(x, f32x4.splat(0)), smaller, larger);
    const slopeOfArgument = f32x4.mul(slope, f32x4.add(one, f32x4.mul(f32x4.splat(3), square)));
    const slopeOfGate = f32x4.mul(f32x4.mul(smaller, larger), slopeOfArgument);
    return f32x4.mul(dy, f32x4.add(gate, f32x4.mul(limited, slopeOfGate)));
  }
}

export function geluApproximateForward(row: usize, step: usize): void {
  const r = changetype<UnaryRow>(row);
  unaryForward<GeluApproximate>(r.x, r.y, r.count);
}

export function geluApproximateBackward(row: usize, step: usize): void {
  const r = changetype<UnaryRow>(row);
  unaryBackward<GeluApproximate>(r.x, r.dy, r.dx, r.addDx, r.count);
}
