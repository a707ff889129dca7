// The samples of a batch from float32 data: y[b, :] = scale·source[order[b], :] + offset.
import { GatherRow, gather } from "../gather";
import { Step } from "../program";
import { shareEnd, shareStart } from "../threads";

// @ts-ignore: decorator
@unmanaged
class Floats {
  // @ts-ignore: decorator
  @inline
  load4(address: usize): v128 {
    return v128.load(address);
  }
}

export function gatherFloatsForward(row: usize, step: usize): void {
  const r = changetype<GatherRow>(row);
  if (r.scale != 1 || r.offset != 0) {
    gather<f32, Floats>(row, step);
    return;
  }
  const order = changetype<Step>(step).order;
  const bytes = <usize>r.size << 2;
  const source = r.source;
  const y = r.y;
  const end = shareEnd(r.batch, 1);
  for (let b = shareStart(r.batch, 1); b < end; b++) {
    const sample = <usize>load<i32>(order + (<usize>b << 2));
    memory.copy(y + <usize>b * bytes, source + sample * bytes, bytes);
  }
}
