// RMSprop.
//
//   v = rho·v + (1 − rho)·g²        a = rho·a + (1 − rho)·g        only when centered
//   d = lr·g / √(max(v − a², 0) + epsilon)
//   m = momentum·m + d,  w −= m     with momentum; without:  w −= d
import { ELEMENTWISE_GRAIN } from "../loops/elementwise";
import { Step } from "../executor/program";
import { shareEnd, shareStart } from "../executor/threads";
import { clearTraces } from "./clearTraces";
import { hoist } from "./hoist";

// @ts-ignore: decorator
@unmanaged
class RmspropRow {
  forward: u32;
  backward: u32;
  w: usize;
  g: usize;
  v: usize;
  m: usize;
  a: usize;
  count: i32;
  rho: f64;
  momentum: f64;
  epsilon: f64;
}

export function rmspropForward(row: usize, step: usize): void {
  const r = changetype<RmspropRow>(row);
  const rate = hoist(step, 0, changetype<Step>(step).learningRate);
  const rho = hoist(step, 1, r.rho);
  const rest = hoist(step, 2, 1 - r.rho);
  const momentum = hoist(step, 3, r.momentum);
  const epsilon = hoist(step, 4, r.epsilon);
  const w = r.w;
  const g = r.g;
  const v = r.v;
  const m = r.m;
  const a = r.a;
  const start = <usize>shareStart(r.count, ELEMENTWISE_GRAIN) << 2;
  const end = <usize>shareEnd(r.count, ELEMENTWISE_GRAIN) << 2;
  clearTraces(step, v, start, end);
  if (m) clearTraces(step, m, start, end);
  for (let i = start; i < end; i += 16) {
    const gradient = v128.load(g + i);
    const newPart = f32x4.mul(rest, gradient);
    let variance = f32x4.add(f32x4.mul(rho, v128.load(v + i)), f32x4.mul(newPart, gradient));
    v128.store(v + i, variance);
    // Branches that always go the same way cost nothing beside the root and the division.
    if (a) {
      const mean = f32x4.add(f32x4.mul(rho, v128.load(a + i)), newPart);
      v128.store(a + i, mean);
      // The first operand of pmax wins when it is NaN.
      variance = f32x4.pmax(f32x4.sub(variance, f32x4.mul(mean, mean)), f32x4.splat(0));
    }
    let descent = f32x4.div(f32x4.mul(rate, gradient), f32x4.sqrt(f32x4.add(variance, epsilon)));
    if (m) {
      descent = f32x4.add(f32x4.mul(momentum, v128.load(m + i)), descent);
      v128.store(m + i, descent);
    }
    v128.store(w + i, f32x4.sub(v128.load(w + i), descent));
  }
}
