// Rows of a table by their numbers.
//
//   y[k, j] = x[ids[k], j]      dx[i, j] = Σ_{ids[k] = i} dy[k, j]      x [rows, width]   ids, int32 [count]   y [count, width]
//
// The first thread lists the places of the ids row by row. Then each thread adds up whole rows: those whose first place is in its
// share of the list.
import { fillRun } from "../loops/axes";
import { ENTRY, entriesIn, firstOfRow, listPlaces, rowOfEntry, sumListed } from "../loops/listedRows";
import { rowOf } from "../loops/rowIds";
import { copyRun } from "../loops/strided";
import { loadSome, storeSome } from "../simd/lanes";
import { isFirstThread, shareEnd, shareStart, synchronize } from "../executor/threads";

// @ts-ignore: decorator
@unmanaged
class TakeRowsRow {
  forward: u32;
  backward: u32;
  x: usize;
  dx: usize;
  addDx: i32;
  y: usize;
  dy: usize;
  workspace: usize;
  ids: usize;
  rows: i32;
  width: i32;
  count: i32;
}

export function takeRowsForward(row: usize, step: usize): void {
  const r = changetype<TakeRowsRow>(row);
  const width = r.width;
  const rows = r.rows;
  const rowBytes = <usize>width << 2;
  const end = shareEnd(r.count, 1);
  for (let k = shareStart(r.count, 1); k < end; k++) {
    const source = rowOf(load<i32>(r.ids + (<usize>k << 2)), rows);
    const to = r.y + <usize>k * rowBytes;
    if (source >= 0) copyRun(r.x + <usize>source * rowBytes, to, width, 0);
    else fillRun(to, width, NaN, 0);
  }
}

export function takeRowsBackward(row: usize, step: usize): void {
  const r = changetype<TakeRowsRow>(row);
  if (!r.addDx) {
    const numbers = r.rows * r.width;
    const start = shareStart(numbers, 16);
    fillRun(r.dx + (<usize>start << 2), shareEnd(numbers, 16) - start, 0, 0);
  }
  if (isFirstThread()) listPlaces(r.ids, r.count, r.rows, r.workspace);
  if (!synchronize()) return;
  addRows(r);
}

/** dx (=|+=) sums of the rows whose first place is in this thread's share. */
function addRows(r: TakeRowsRow): void {
  const width = r.width;
  const dy = r.dy;
  const dx = r.dx;
  const add = r.addDx;
  const rowBytes = <usize>width << 2;
  const entries = entriesIn(r.workspace);
  const found = load<i32>(r.workspace);
  const last = entries + <usize>found * ENTRY;
  const shared = entries + <usize>shareEnd(found, 1) * ENTRY;
  let entry = firstOfRow(entries + <usize>shareStart(found, 1) * ENTRY, entries, last);
  while (entry < shared) {
    const end = firstOfRow(entry + ENTRY, entries, last);
    const target = dx + <usize>rowOfEntry(entry) * rowBytes;
    for (let j = 0; j < width; j += 4) {
      const at = <usize>j << 2;
      const part = min(4, width - j) & 3;
      const sum = sumListed(entry, end, dy + at, rowBytes, part);
      storeSome(target + at, add ? f32x4.add(loadSome(target + at, part), sum) : sum, part);
    }
    entry = end;
  }
}
