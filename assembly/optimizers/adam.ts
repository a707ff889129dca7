// Adam, epsilon outside the bias correction; with vmax its AMSGrad variant.
//
//   m += (1 − beta1)·(g − m)        v += (1 − beta2)·(g² − v)
//   alpha = lr·√(1 − beta2^t) / (1 − beta1^t)                        t = 1 at the first update
//   w −= alpha·m / (√v + epsilon)
//
// The root and the quotient, which share one unit of the processor, take 97 % of the time (Zen 4: 0.57 of 0.585 ns a weight).
// Nothing hides them: updating weights as soon as a tile or strip of their gradient was there, between the products, took
// 1.02 to 1.4 times as long as this pass behind them.
import { ELEMENTWISE_GRAIN } from "../elementwise";
import { Step } from "../program";
import { shareEnd, shareStart } from "../threads";
import { clearTraces } from "./clearTraces";
import { hoist } from "./hoist";
import { integerPower } from "./integerPower";

// @ts-ignore: decorator
@unmanaged
class AdamRow {
  forward: u32;
  backward: u32;
  w: usize;
  g: usize;
  m: usize;
  v: usize;
  vmax: usize;
  count: i32;
  beta1: f64;
  beta2: f64;
  epsilon: f64;
}

export function adamForward(row: usize, step: usize): void {
  const r = changetype<AdamRow>(row);
  const s = changetype<Step>(step);
  const t = s.index + 1;
  const correction = sqrt<f64>(1 - integerPower(r.beta2, t)) / (1 - integerPower(r.beta1, t));
  const alpha = hoist(step, 0, s.learningRate * correction);
  const rest1 = hoist(step, 1, 1 - r.beta1);
  const rest2 = hoist(step, 2, 1 - r.beta2);
  const epsilon = hoist(step, 3, r.epsilon);
  const w = r.w;
  const g = r.g;
  const m = r.m;
  const v = r.v;
  const vmax = r.vmax;
  const start = <usize>shareStart(r.count, ELEMENTWISE_GRAIN) << 2;
  const end = <usize>shareEnd(r.count, ELEMENTWISE_GRAIN) << 2;
  clearTraces(step, m, start, end);
  clearTraces(step, v, start, end);
  for (let i = start; i < end; i += 16) {
    const gradient = v128.load(g + i);
    let first = v128.load(m + i);
    first = f32x4.add(first, f32x4.mul(rest1, f32x4.sub(gradient, first)));
    v128.store(m + i, first);
    let second = v128.load(v + i);
    second = f32x4.add(second, f32x4.mul(rest2, f32x4.sub(f32x4.mul(gradient, gradient), second)));
    v128.store(v + i, second);
    // A branch that always goes the same way costs nothing beside the root and the division.
    if (vmax) {
      // The first operand of pmax wins when it is NaN.
      second = f32x4.pmax(second, v128.load(vmax + i));
      v128.store(vmax + i, second);
    }
    const descent = f32x4.div(f32x4.mul(alpha, first), f32x4.add(f32x4.sqrt(second), epsilon));
    v128.store(w + i, f32x4.sub(v128.load(w + i), descent));
  }
}
