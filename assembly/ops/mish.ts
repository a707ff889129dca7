// Mish (Misra 2019).
//
//   y = x·t                                      t = tanh(log(1 + eˣ))
//   dx = dy · (t + x·(1 − t²)·σ(x))       σ(x) = 1/(1 + e⁻ˣ)
import { unaryBackward, unaryForward, UnaryRow } from "../loops/elementwise";
import { exp4 } from "../simd/vector";

// With n = eˣ and m = n(n + 2): t = m/(m + 2) and (1 − t²)·σ = 4n(n + 1)/(m + 2)².

/** From here on t is 1 in float32, and m far from overflow. */
const LIMIT: f32 = 20;

// @ts-ignore: decorator
@unmanaged
class Mish {
  // @ts-ignore: decorator
  @inline
  forward(x: v128): v128 {
    const n = exp4(f32x4.pmin(x, f32x4.splat(LIMIT)));
    const m = f32x4.mul(n, f32x4.add(n, f32x4.splat(2)));
    return f32x4.mul(x, f32x4.div(m, f32x4.add(m, f32x4.splat(2))));
  }

  // @ts-ignore: decorator
  @inline
  backward(x: v128, dy: v128): v128 {
    const limited = f32x4.pmin(x, f32x4.splat(LIMIT));
    const n = exp4(limited);
    const m = f32x4.mul(n, f32x4.add(n, f32x4.splat(2)));
    const inverse = f32x4.div(f32x4.splat(1), f32x4.add(m, f32x4.splat(2)));
    const numerator = f32x4.mul(f32x4.splat(4), f32x4.mul(n, f32x4.add(n, f32x4.splat(1))));
    const slopeOfGate = f32x4.mul(f32x4.mul(numerator, inverse), inverse);
    return f32x4.mul(dy, f32x4.add(f32x4.mul(m, inverse), f32x4.mul(limited, slopeOfGate)));
  }
}

export function mishForward(row: usize, step: usize): void {
  const r = changetype<UnaryRow>(row);
  unaryForward<Mish>(r.x, r.y, r.count);
}

export function mishBackward(row: usize, step: usize): void {
  const r = changetype<UnaryRow>(row);
  unaryBackward<Mish>(r.x, r.dy, r.dx, r.addDx, r.count);
}
