// The samples of a batch from float32 data: y[b, :] = scale·source[order[b], :] + offset.
import { gather, GatherRow } from "../loops/gather";
import { copyFloats } from "../convolution/patches";
import { Step } from "../executor/program";
import { shareEnd, shareStart } from "../executor/threads";

// @ts-ignore: decorator
@unmanaged
class Floats {
  // @ts-ignore: decorator
  @inline
  load4(address: usize): v128 {
    return v128.load(address);
  }
}

/** Samples of at most so many floats are copied here: memory.copy is a call out of WebAssembly. */
const SHORT: i32 = 32;

export function gatherFloatsForward(row: usize, step: usize): void {
  const r = changetype<GatherRow>(row);
  if (r.scale != 1 || r.offset != 0) {
    gather<f32, Floats>(row, step);
    return;
  }
  const order = changetype<Step>(step).order;
  const size = r.size;
  const bytes = <usize>size << 2;
  const source = r.source;
  const y = r.y;
  const end = shareEnd(r.batch, 1);
  for (let b = shareStart(r.batch, 1); b < end; b++) {
    const sample = <usize>load<i32>(order + (<usize>b << 2));
    const from = source + sample * bytes;
    const to = y + <usize>b * bytes;
    if (size <= SHORT) copyFloats(from, to, size);
    else memory.copy(to, from, bytes);
  }
}
