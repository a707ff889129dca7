// Nadam. At update t = 1, 2, …
//
//   u_t = beta1·(1 − ½·0.96^t)        p_t = u_1·u_2·…·u_t
//   m += (1 − beta1)·(g − m)          v += (1 − beta2)·(g² − v)
//   m̂ = u_{t+1}·m / (1 − p_{t+1}) + (1 − u_t)·g / (1 − p_t)        v̂ = v / (1 − beta2^t)
//   w −= lr·m̂ / (√v̂ + epsilon)
import { ELEMENTWISE_GRAIN } from "../loops/elementwise";
import { Step } from "../executor/program";
import { shareEnd, shareStart } from "../executor/threads";
import { clearTraces } from "./clearTraces";
import { hoist } from "./hoist";
import { integerPower } from "./integerPower";

/** How fast Dozat's momentum schedule approaches beta1. */
const DECAY: f64 = 0.96;

/** p_t as a function of t alone: from i ≈ 900 on the bracket is exactly 1, and beta1^t has the rest. */
function momentumProduct(beta1: f64, t: i32): f64 {
  let product = integerPower(beta1, t);
  let power: f64 = 1;
  for (let i = 0; i < t; i++) {
    power *= DECAY;
    const bracket = 1 - 0.5 * power;
    if (bracket == 1) break;
    product *= bracket;
  }
  return product;
}

// @ts-ignore: decorator
@unmanaged
class NadamRow {
  forward: u32;
  backward: u32;
  w: usize;
  g: usize;
  m: usize;
  v: usize;
  count: i32;
  beta1: f64;
  beta2: f64;
  epsilon: f64;
}

export function nadamForward(row: usize, step: usize): void {
  const r = changetype<NadamRow>(row);
  const s = changetype<Step>(step);
  const t = s.index + 1;
  const momentum = r.beta1 * (1 - 0.5 * integerPower(DECAY, t));
  const nextMomentum = r.beta1 * (1 - 0.5 * integerPower(DECAY, t + 1));
  const product = momentumProduct(r.beta1, t);
  const ofMoment = hoist(step, 0, (s.learningRate * nextMomentum) / (1 - product * nextMomentum));
  const ofGradient = hoist(step, 1, (s.learningRate * (1 - momentum)) / (1 - product));
  const correction = hoist(step, 2, 1 / (1 - integerPower(r.beta2, t)));
  const rest1 = hoist(step, 3, 1 - r.beta1);
  const rest2 = hoist(step, 4, 1 - r.beta2);
  const epsilon = hoist(step, 5, r.epsilon);
  const w = r.w;
  const g = r.g;
  const m = r.m;
  const v = r.v;
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
    const descent = f32x4.add(f32x4.mul(ofMoment, first), f32x4.mul(ofGradient, gradient));
    const size = f32x4.add(f32x4.sqrt(f32x4.mul(second, correction)), epsilon);
    v128.store(w + i, f32x4.sub(v128.load(w + i), f32x4.div(descent, size)));
  }
}
