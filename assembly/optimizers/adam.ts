// Adam, epsilon outside the bias correction; with vmax its AMSGrad variant.
//
//   m += (1 − beta1)·(g − m)        v += (1 − beta2)·(g² − v)
//   alpha = lr·√(1 − beta2^t) / (1 − beta1^t)                        t = 1 at the first update
//   w −= alpha·m / (√v + epsilon)
//
// The root and the quotient, which share one unit of the processor, take 97 % of the time (Zen 4: 0.57 of 0.585 ns a weight).
// Nothing hides them: updating weights as soon as a tile or panel of their gradient was there, between the products, took
// 1.02 to 1.4 times as long as this pass behind them. Of 256 bits they take as long as of 128, so a turn has two vectors
// side by side, which V8's re-vectoriser makes one: 0.3 ns.
import { ELEMENTWISE_GRAIN } from "../loops/elementwise";
import { Step } from "../executor/program";
import { shareEnd, shareStart } from "../executor/threads";
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
  for (let i = start; i < end; i += 32) {
    const g0 = v128.load(g + i);
    const g1 = v128.load(g + i, 16);
    const m0 = approach(v128.load(m + i), g0, rest1);
    const m1 = approach(v128.load(m + i, 16), g1, rest1);
    let v0 = approach(v128.load(v + i), f32x4.mul(g0, g0), rest2);
    let v1 = approach(v128.load(v + i, 16), f32x4.mul(g1, g1), rest2);
    v128.store(m + i, m0);
    v128.store(m + i, m1, 16);
    v128.store(v + i, v0);
    v128.store(v + i, v1, 16);
    // A branch that always goes the same way costs nothing beside the root and the division.
    if (vmax) {
      // The first operand of pmax wins when it is NaN.
      v0 = f32x4.pmax(v0, v128.load(vmax + i));
      v1 = f32x4.pmax(v1, v128.load(vmax + i, 16));
      v128.store(vmax + i, v0);
      v128.store(vmax + i, v1, 16);
    }
    const w0 = f32x4.sub(v128.load(w + i), descent(alpha, m0, v0, epsilon));
    const w1 = f32x4.sub(v128.load(w + i, 16), descent(alpha, m1, v1, epsilon));
    v128.store(w + i, w0);
    v128.store(w + i, w1, 16);
  }
}

/** A moving average, nearer to x by the part `rest` of their distance. */
// @ts-ignore: decorator
@inline
function approach(average: v128, x: v128, rest: v128): v128 {
  return f32x4.add(average, f32x4.mul(rest, f32x4.sub(x, average)));
}

// @ts-ignore: decorator
@inline
function descent(alpha: v128, first: v128, second: v128, epsilon: v128): v128 {
  return f32x4.div(f32x4.mul(alpha, first), f32x4.add(f32x4.sqrt(second), epsilon));
}
