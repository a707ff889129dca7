// Decoupled weight decay.
//
//   w −= lr·rate·w
import { ELEMENTWISE_GRAIN } from "../loops/elementwise";
import { Step } from "../executor/program";
import { shareEnd, shareStart } from "../executor/threads";
import { hoist } from "./hoist";

// @ts-ignore: decorator
@unmanaged
class DecayWeightsRow {
  forward: u32;
  backward: u32;
  w: usize;
  count: i32;
  rate: f64;
}

export function decayWeightsForward(row: usize, step: usize): void {
  const r = changetype<DecayWeightsRow>(row);
  const lost = hoist(step, 0, changetype<Step>(step).learningRate * r.rate);
  const w = r.w;
  const end = <usize>shareEnd(r.count, ELEMENTWISE_GRAIN) << 2;
  for (let i = <usize>shareStart(r.count, ELEMENTWISE_GRAIN) << 2; i < end; i += 16) {
    const weight = v128.load(w + i);
    v128.store(w + i, f32x4.sub(weight, f32x4.mul(lost, weight)));
  }
}
