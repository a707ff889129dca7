// The samples of a batch from int32 data as whole numbers: y[b, :] = source[order[b], :].
import { Step } from "../executor/program";
import { shareEnd, shareStart } from "../executor/threads";

// @ts-ignore: decorator
@unmanaged
class GatherWholeRow {
  forward: u32;
  backward: u32;
  y: usize;
  source: usize;
  batch: i32;
  size: i32;
}

export function gatherWholeForward(row: usize, step: usize): void {
  const r = changetype<GatherWholeRow>(row);
  const order = changetype<Step>(step).order;
  const bytes = <usize>r.size << 2;
  const source = r.source;
  const y = r.y;
  const end = shareEnd(r.batch, 1);
  for (let b = shareStart(r.batch, 1); b < end; b++) {
    memory.copy(y + <usize>b * bytes, source + <usize>load<i32>(order + (<usize>b << 2)) * bytes, bytes);
  }
}
