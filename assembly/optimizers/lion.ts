// Lion.
//
//   w −= lr·sign(beta1·m + (1 − beta1)·g)        m = beta2·m + (1 − beta2)·g
import { ELEMENTWISE_GRAIN } from "../loops/elementwise";
import { keepNaN } from "../simd/lanes";
import { Step } from "../executor/program";
import { shareEnd, shareStart } from "../executor/threads";
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
  const signBit = hoist(step, 5, -0.0);
  const zero = f32x4.splat(0);
  const w = r.w;
  const g = r.g;
  const m = r.m;
  const end = <usize>shareEnd(r.count, ELEMENTWISE_GRAIN) << 2;
  for (let i = <usize>shareStart(r.count, ELEMENTWISE_GRAIN) << 2; i < end; i += 16) {
    const gradient = v128.load(g + i);
    const momentum = v128.load(m + i);
    const direction = f32x4.add(f32x4.mul(beta1, momentum), f32x4.mul(rest1, gradient));
    // The rate with the direction's sign; 0 where that is 0, NaN where it is NaN.
    const signed = v128.xor(rate, v128.and(direction, signBit));
    const descent = keepNaN(v128.and(signed, f32x4.ne(direction, zero)), direction);
    v128.store(w + i, f32x4.sub(v128.load(w + i), descent));
    v128.store(m + i, f32x4.add(f32x4.mul(beta2, momentum), f32x4.mul(rest2, gradient)));
  }
}
