// Whole numbers as float32: y_i = x_i, rounded to even beyond 2²⁴.
import { loadSome, storeSome } from "../simd/lanes";
import { shareEnd, shareStart } from "../executor/threads";

// @ts-ignore: decorator
@unmanaged
class CastToFloatRow {
  forward: u32;
  backward: u32;
  y: usize;
  dy: usize;
  x: usize;
  count: i32;
}

export function castToFloatForward(row: usize, step: usize): void {
  const r = changetype<CastToFloatRow>(row);
  const end = shareEnd(r.count, 16);
  for (let i = shareStart(r.count, 16); i < end; i += 4) {
    const at = <usize>i << 2;
    const part = min(4, end - i) & 3;
    storeSome(r.y + at, f32x4.convert_i32x4_s(loadSome(r.x + at, part)), part);
  }
}
