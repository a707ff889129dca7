// Samples of a batch, in the order of the step, from data of any element type.
//
//   y[b, :] = scale·source[order[b], :] + offset        y [batch, size]   source [samples, size]
import { Step } from "../executor/program";
import { shareEnd, shareStart } from "../executor/threads";

// @ts-ignore: decorator
@unmanaged
export class GatherRow {
  forward: u32;
  backward: u32;
  y: usize;
  dy: usize;
  source: usize;
  batch: i32;
  size: i32;
  scale: f64;
  offset: f64;
}

/** Gathers elements of type T, of which F.load4 reads four as float32. */
// @ts-ignore: decorator
@inline
export function gather<T, F>(row: usize, step: usize): void {
  const r = changetype<GatherRow>(row);
  const order = changetype<Step>(step).order;
  const size = r.size;
  const whole = size & ~3;
  const source = r.source;
  const y = r.y;
  const scale = f32x4.splat(<f32>r.scale);
  const offset = f32x4.splat(<f32>r.offset);
  const end = shareEnd(r.batch, 1);
  for (let b = shareStart(r.batch, 1); b < end; b++) {
    const sample = <usize>load<i32>(order + (<usize>b << 2));
    let from = source + sample * <usize>size * sizeof<T>();
    let to = y + <usize>b * (<usize>size << 2);
    const afterWhole = to + (<usize>whole << 2);
    const afterRow = to + (<usize>size << 2);
    for (; to < afterWhole; to += 16) {
      v128.store(to, f32x4.add(f32x4.mul(changetype<F>(0).load4(from), scale), offset));
      from += 4 * sizeof<T>();
    }
    for (; to < afterRow; to += 4) {
      const value = f32x4.splat(<f32>load<T>(from));
      store<f32>(to, f32x4.extract_lane(f32x4.add(f32x4.mul(value, scale), offset), 0));
      from += sizeof<T>();
    }
  }
}
