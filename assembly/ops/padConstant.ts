// A number everywhere but where x lies.
//
//   y[offset + i0·stride0 + … + i5·stride5] = x[i0, …, i5], value elsewhere      dx = dy, from where each went to
import { fillRun } from "../loops/axes";
import { gatherStrided, scatterStrided } from "../loops/strided";
import { shareEnd, shareStart, synchronize } from "../executor/threads";

// @ts-ignore: decorator
@unmanaged
class PadConstantRow {
  forward: u32;
  backward: u32;
  x: usize;
  dx: usize;
  addDx: i32;
  y: usize;
  dy: usize;
  size0: i32;
  size1: i32;
  size2: i32;
  size3: i32;
  size4: i32;
  size5: i32;
  stride0: i32;
  stride1: i32;
  stride2: i32;
  stride3: i32;
  stride4: i32;
  stride5: i32;
  offset: i32;
  yCount: i32;
  value: f64;
}

export function padConstantForward(row: usize, step: usize): void {
  const r = changetype<PadConstantRow>(row);
  const start = shareStart(r.yCount, 16);
  fillRun(r.y + (<usize>start << 2), shareEnd(r.yCount, 16) - start, <f32>r.value, 0);
  if (!synchronize()) return;
  scatterStrided(row + offsetof<PadConstantRow>("size0"), r.y, r.x, 0);
}

export function padConstantBackward(row: usize, step: usize): void {
  const r = changetype<PadConstantRow>(row);
  gatherStrided(row + offsetof<PadConstantRow>("size0"), r.dy, r.dx, r.addDx);
}
