// The row of tables that a step has: y[o, :] = x[o, index, :], where index is the number of the step.
import { Step } from "../executor/program";
import { shareEnd, shareStart } from "../executor/threads";

// @ts-ignore: decorator
@unmanaged
class TakeStepRow {
  forward: u32;
  backward: u32;
  x: usize;
  y: usize;
  outer: i32;
  rows: i32;
  width: i32;
}

export function takeStepForward(row: usize, step: usize): void {
  const r = changetype<TakeStepRow>(row);
  const index = changetype<Step>(step).index;
  const bytes = <usize>r.width << 2;
  const x = r.x;
  const y = r.y;
  const end = shareEnd(r.outer, 1);
  for (let o = shareStart(r.outer, 1); o < end; o++) {
    const to = y + <usize>o * bytes;
    if (index < r.rows) memory.copy(to, x + (<usize>o * r.rows + index) * bytes, bytes);
    else for (let at = to; at < to + bytes; at += 4) store<f32>(at, NaN);
  }
}
