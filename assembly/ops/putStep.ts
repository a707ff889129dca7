// Writes what a step brings into what lasts: y[o, index, :] = x[o, :], where index is the number of the step.
import { Step } from "../executor/program";
import { shareEnd, shareStart } from "../executor/threads";

// @ts-ignore: decorator
@unmanaged
class PutStepRow {
  forward: u32;
  backward: u32;
  x: usize;
  y: usize;
  outer: i32;
  rows: i32;
  width: i32;
}

export function putStepForward(row: usize, step: usize): void {
  const r = changetype<PutStepRow>(row);
  const index = changetype<Step>(step).index;
  if (index >= r.rows) return;
  const bytes = <usize>r.width << 2;
  const x = r.x;
  const y = r.y;
  const end = shareEnd(r.outer, 1);
  for (let o = shareStart(r.outer, 1); o < end; o++) {
    memory.copy(y + (<usize>o * r.rows + index) * bytes, x + <usize>o * bytes, bytes);
  }
}
