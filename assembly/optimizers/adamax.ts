// Adamax.
//
//   m += (1 − beta1)·(g − m)        u = max(beta2·u, |g|)
//   w −= lr / (1 − beta1^t)·m / (u + epsilon)                        t = 1 at the first update
import { ELEMENTWISE_GRAIN } from "../loops/elementwise";
import { Step } from "../executor/program";
import { shareEnd, shareStart } from "../executor/threads";
import { clearTraces } from "./clearTraces";
import { hoist } from "./hoist";
import { integerPower } from "./integerPower";

// @ts-ignore: decorator
@unmanaged
class AdamaxRow {
  forward: u32;
  backward: u32;
  w: usize;
  g: usize;
  m: usize;
  u: usize;
  count: i32;
  beta1: f64;
  beta2: f64;
  epsilon: f64;
}

export function adamaxForward(row: usize, step: usize): void {
  const r = changetype<AdamaxRow>(row);
  const s = changetype<Step>(step);
  const alpha = hoist(step, 0, s.learningRate / (1 - integerPower(r.beta1, s.index + 1)));
  const rest1 = hoist(step, 1, 1 - r.beta1);
  const beta2 = hoist(step, 2, r.beta2);
  const epsilon = hoist(step, 3, r.epsilon);
  const w = r.w;
  const g = r.g;
  const m = r.m;
  const u = r.u;
  const start = <usize>shareStart(r.count, ELEMENTWISE_GRAIN) << 2;
  const end = <usize>shareEnd(r.count, ELEMENTWISE_GRAIN) << 2;
  clearTraces(step, m, start, end);
  clearTraces(step, u, start, end);
  for (let i = start; i < end; i += 16) {
    const gradient = v128.load(g + i);
    let first = v128.load(m + i);
    first = f32x4.add(first, f32x4.mul(rest1, f32x4.sub(gradient, first)));
    v128.store(m + i, first);
    // The first operand of pmax wins when it is NaN.
    const largest = f32x4.pmax(f32x4.abs(gradient), f32x4.mul(beta2, v128.load(u + i)));
    v128.store(u + i, largest);
    const descent = f32x4.div(f32x4.mul(alpha, first), f32x4.add(largest, epsilon));
    v128.store(w + i, f32x4.sub(v128.load(w + i), descent));
  }
}
