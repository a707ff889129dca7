// Gradient descent.
//
//   w −= lr·g
import { ELEMENTWISE_GRAIN } from "../loops/elementwise";
import { Step } from "../executor/program";
import { shareEnd, shareStart } from "../executor/threads";
import { hoist } from "./hoist";

// @ts-ignore: decorator
@unmanaged
class SgdRow {
  forward: u32;
  backward: u32;
  w: usize;
  g: usize;
  count: i32;
}

export function sgdForward(row: usize, step: usize): void {
  const r = changetype<SgdRow>(row);
  const rate = hoist(step, 0, changetype<Step>(step).learningRate);
  const w = r.w;
  const g = r.g;
  const end = <usize>shareEnd(r.count, ELEMENTWISE_GRAIN) << 2;
  for (let i = <usize>shareStart(r.count, ELEMENTWISE_GRAIN) << 2; i < end; i += 16) {
    v128.store(w + i, f32x4.sub(v128.load(w + i), f32x4.mul(rate, v128.load(g + i))));
  }
}
