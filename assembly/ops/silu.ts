// Sigmoid-weighted linear unit, also called swish (Elfwing et al. 2017).
//
//   y = x·σ(x)        dx = dy · σ·(1 + x·(1 − σ))        σ(x) = 1/(1 + e⁻ˣ)
import { unaryBackward, unaryForward, UnaryRow } from "../loops/elementwise";
import { exp4, select4, sigmoid4 } from "../simd/vector";

// @ts-ignore: decorator
@unmanaged
class Silu {
  // @ts-ignore: decorator
  @inline
  forward(x: v128): v128 {
    return f32x4.mul(x, sigmoid4(x));
  }

  // @ts-ignore: decorator
  @inline
  backward(x: v128, dy: v128): v128 {
    const one = f32x4.splat(1);
    // 1 − σ would lose the digits of the smaller of the two.
    const power = exp4(f32x4.neg(f32x4.abs(x)));
    const larger = f32x4.div(one, f32x4.add(one, power));
    const smaller = f32x4.mul(power, larger);
    const gate = select4(f32x4.lt(x, f32x4.splat(0)), smaller, larger);
    return f32x4.mul(dy, f32x4.add(gate, f32x4.mul(x, f32x4.mul(smaller, larger))));
  }
}

export function siluForward(row: usize, step: usize): void {
  const r = changetype<UnaryRow>(row);
  unaryForward<Silu>(r.x, r.y, r.count);
}

export function siluBackward(row: usize, step: usize): void {
  const r = changetype<UnaryRow>(row);
  unaryBackward<Silu>(r.x, r.dy, r.dx, r.addDx, r.count);
}
