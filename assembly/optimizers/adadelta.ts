// Adadelta.
//
//   a = rho·a + (1 − rho)·g²        s = g·√(d + epsilon) / √(a + epsilon)
//   d = rho·d + (1 − rho)·s²        w −= lr·s
import { ELEMENTWISE_GRAIN } from "../loops/elementwise";
import { Step } from "../executor/program";
import { shareEnd, shareStart } from "../executor/threads";
import { hoist } from "./hoist";

// @ts-ignore: decorator
@unmanaged
class AdadeltaRow {
  forward: u32;
  backward: u32;
  w: usize;
  g: usize;
  a: usize;
  d: usize;
  count: i32;
  rho: f64;
  epsilon: f64;
}

export function adadeltaForward(row: usize, step: usize): void {
  const r = changetype<AdadeltaRow>(row);
  const rate = hoist(step, 0, changetype<Step>(step).learningRate);
  const rho = hoist(step, 1, r.rho);
  const rest = hoist(step, 2, 1 - r.rho);
  const epsilon = hoist(step, 3, r.epsilon);
  const w = r.w;
  const g = r.g;
  const a = r.a;
  const d = r.d;
  const end = <usize>shareEnd(r.count, ELEMENTWISE_GRAIN) << 2;
  for (let i = <usize>shareStart(r.count, ELEMENTWISE_GRAIN) << 2; i < end; i += 16) {
    const gradient = v128.load(g + i);
    const square = f32x4.add(
      f32x4.mul(rho, v128.load(a + i)),
      f32x4.mul(f32x4.mul(rest, gradient), gradient),
    );
    v128.store(a + i, square);
    const before = v128.load(d + i);
    // Two roots, as one of the quotient could overflow where neither does.
    const size = f32x4.sqrt(f32x4.add(before, epsilon));
    const descent = f32x4.div(f32x4.mul(gradient, size), f32x4.sqrt(f32x4.add(square, epsilon)));
    v128.store(d + i, f32x4.add(f32x4.mul(rho, before), f32x4.mul(f32x4.mul(rest, descent), descent)));
    v128.store(w + i, f32x4.sub(v128.load(w + i), f32x4.mul(rate, descent)));
  }
}
