// Gradient descent with momentum; the velocity m contains the learning rate.
//
//   m = momentum·m − lr·g
//   w += m      plain        w += momentum·m − lr·g      nesterov
import { ELEMENTWISE_GRAIN } from "../loops/elementwise";
import { Step } from "../executor/program";
import { shareEnd, shareStart } from "../executor/threads";
import { clearTraces } from "./clearTraces";
import { hoist } from "./hoist";

// @ts-ignore: decorator
@unmanaged
class SgdMomentumRow {
  forward: u32;
  backward: u32;
  w: usize;
  g: usize;
  m: usize;
  count: i32;
  nesterov: i32;
  momentum: f64;
}

export function sgdMomentumForward(row: usize, step: usize): void {
  const r = changetype<SgdMomentumRow>(row);
  const rate = hoist(step, 0, changetype<Step>(step).learningRate);
  const momentum = hoist(step, 1, r.momentum);
  const w = r.w;
  const g = r.g;
  const m = r.m;
  const start = <usize>shareStart(r.count, ELEMENTWISE_GRAIN) << 2;
  const end = <usize>shareEnd(r.count, ELEMENTWISE_GRAIN) << 2;
  clearTraces(step, m, start, end);
  if (r.nesterov) {
    for (let i = start; i < end; i += 16) {
      const descent = f32x4.mul(rate, v128.load(g + i));
      const velocity = f32x4.sub(f32x4.mul(momentum, v128.load(m + i)), descent);
      v128.store(m + i, velocity);
      v128.store(w + i, f32x4.add(v128.load(w + i), f32x4.sub(f32x4.mul(momentum, velocity), descent)));
    }
  } else {
    for (let i = start; i < end; i += 16) {
      const descent = f32x4.mul(rate, v128.load(g + i));
      const velocity = f32x4.sub(f32x4.mul(momentum, v128.load(m + i)), descent);
      v128.store(m + i, velocity);
      v128.store(w + i, f32x4.add(v128.load(w + i), velocity));
    }
  }
}
