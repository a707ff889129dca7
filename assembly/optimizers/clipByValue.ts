// Limits every element of a gradient.
//
//   g = min(max(g, −limit), limit)
import { ELEMENTWISE_GRAIN } from "../loops/elementwise";
import { shareEnd, shareStart } from "../executor/threads";
import { hoist } from "./hoist";

// @ts-ignore: decorator
@unmanaged
class ClipByValueRow {
  forward: u32;
  backward: u32;
  g: usize;
  count: i32;
  limit: f64;
}

export function clipByValueForward(row: usize, step: usize): void {
  const r = changetype<ClipByValueRow>(row);
  const high = hoist(step, 0, r.limit);
  const low = f32x4.neg(high);
  const g = r.g;
  const end = <usize>shareEnd(r.count, ELEMENTWISE_GRAIN) << 2;
  for (let i = <usize>shareStart(r.count, ELEMENTWISE_GRAIN) << 2; i < end; i += 16) {
    // The first operand of pmin and pmax wins when it is NaN.
    v128.store(g + i, f32x4.pmin(f32x4.pmax(v128.load(g + i), low), high));
  }
}
