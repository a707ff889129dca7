// Lion.
//
//   w −= lr·sign(beta1·m + (1 − beta1)·g)        m = beta2·m + (1 − beta2)·g
import { ELEMENTWISE_GRAIN } from "../elementwise";
import { Step } from "../program";
import { shareEnd, shareStart } from "../threads";
import { copySign4, select4 } from "../vector";
import { hoist } from "./hoist";

// @ts-ignore: decorator
@unmanaged
class LionRow {
  forward: u32;
  backward: u32;
  w: usize;
  g: usize;
  m: usize;
  count: i32;
  beta1: f64;
  beta2: f64;
}

export function lionForward(row: usize, step: usize): void {
  const r = changetype<LionRow>(row);
  const rate = hoist(step, 0, changetype<Step>(step).learningRate);
  const beta1 = hoist(step, 1, r.beta1);
  const rest1 = hoist(step, 2, 1 - r.beta1);
  const beta2 = hoist(step, 3, r.beta2);
  const rest2 = hoist(step, 4, 1 - r.beta2);
  const zero = f32x4.splat(0);
  const w = r.w;
  const g = r.g;
  const m = r.m;
  const end = <usize>shareEnd(r.count, ELEMENTWISE_GRAIN) << 2;
  for (let i = <usize>shareStart(r.count, ELEMENTWISE_GRAIN) << 2; i < end; i += 16) {
    const gradient = v128.load(g + i);
    const momentum = v128.load(m + i);
    const direction = f32x4.add(f32x4.mul(beta1, momentum), f32x4.mul(rest1, gradient));
    // What is neither above nor below 0, that is 0 and NaN, is its own sign.
    const signed = v128.or(f32x4.lt(direction, zero), f32x4.gt(direction, zero));
    const descent = select4(signed, copySign4(rate, direction), direction);
    v128.store(w + i, f32x4.sub(v128.load(w + i), descent));
    v128.store(m + i, f32x4.add(f32x4.mul(beta2, momentum), f32x4.mul(rest2, gradient)));
  }
}
