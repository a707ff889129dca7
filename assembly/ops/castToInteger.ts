// Numbers as int32: toward 0, the least or the largest int32 where they are beyond it, the least for NaN.
import { loadSome, storeSome } from "../simd/lanes";
import { shareEnd, shareStart } from "../executor/threads";
import { select4 } from "../simd/vector";

// @ts-ignore: decorator
@unmanaged
class CastToIntegerRow {
  forward: u32;
  backward: u32;
  x: usize;
  y: usize;
  count: i32;
}

export function castToIntegerForward(row: usize, step: usize): void {
  const r = changetype<CastToIntegerRow>(row);
  const end = shareEnd(r.count, 16);
  for (let i = shareStart(r.count, 16); i < end; i += 4) {
    const at = <usize>i << 2;
    const part = min(4, end - i) & 3;
    const numbers = loadSome(r.x + at, part);
    const isNumber = f32x4.eq(numbers, numbers);
    storeSome(r.y + at, select4(isNumber, i32x4.trunc_sat_f32x4_s(numbers), i32x4.splat(i32.MIN_VALUE)), part);
  }
}
