// Adagrad.
//
//   a += g²        w −= lr·g / √(a + epsilon)
import { ELEMENTWISE_GRAIN } from "../loops/elementwise";
import { Step } from "../executor/program";
import { shareEnd, shareStart } from "../executor/threads";
import { hoist } from "./hoist";

// @ts-ignore: decorator
@unmanaged
class AdagradRow {
  forward: u32;
  backward: u32;
  w: usize;
  g: usize;
  a: usize;
  count: i32;
  epsilon: f64;
}

export function adagradForward(row: usize, step: usize): void {
  const r = changetype<AdagradRow>(row);
  const rate = hoist(step, 0, changetype<Step>(step).learningRate);
  const epsilon = hoist(step, 1, r.epsilon);
  const w = r.w;
  const g = r.g;
  const a = r.a;
  const end = <usize>shareEnd(r.count, ELEMENTWISE_GRAIN) << 2;
  for (let i = <usize>shareStart(r.count, ELEMENTWISE_GRAIN) << 2; i < end; i += 16) {
    const gradient = v128.load(g + i);
    const squares = f32x4.add(v128.load(a + i), f32x4.mul(gradient, gradient));
    v128.store(a + i, squares);
    const descent = f32x4.div(f32x4.mul(rate, gradient), f32x4.sqrt(f32x4.add(squares, epsilon)));
    v128.store(w + i, f32x4.sub(v128.load(w + i), descent));
  }
}
