// The same numbers with axes in another order, or some of them: slices, steps, flips.
//
//   y[i0, …, i5] = x[offset + i0·stride0 + … + i5·stride5]      dx = dy, back where each came from, 0 elsewhere
import { fillRun } from "../loops/axes";
import { gatherStrided, scatterStrided } from "../loops/strided";
import { shareEnd, shareStart, synchronize } from "../executor/threads";

// @ts-ignore: decorator
@unmanaged
class PermuteRow {
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
  xCount: i32;
  isWhole: i32;
}

export function permuteForward(row: usize, step: usize): void {
  const r = changetype<PermuteRow>(row);
  gatherStrided(row + offsetof<PermuteRow>("size0"), r.x, r.y, 0);
}

export function permuteBackward(row: usize, step: usize): void {
  const r = changetype<PermuteRow>(row);
  if (!r.isWhole && !r.addDx) {
    const start = shareStart(r.xCount, 16);
    fillRun(r.dx + (<usize>start << 2), shareEnd(r.xCount, 16) - start, 0, 0);
    if (!synchronize()) return;
  }
  scatterStrided(row + offsetof<PermuteRow>("size0"), r.dx, r.dy, r.addDx);
}
