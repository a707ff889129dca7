// Gradient descent over the rows of a table that ids name, each once.
//
//   g[i, j] = Σ_{ids[k] = i} dy[k, j]      w[i, j] −= lr · min(max(g[i, j], −limit), limit)
//   w [rows, width]   ids, int32 [count]   dy [count, width]
//
// The first thread lists the places of the ids row by row. Then each thread changes whole rows: those whose first place is in its
// share of the list.
import { ENTRY, entriesIn, firstOfRow, listPlaces, rowOfEntry, sumListed } from "../loops/listedRows";
import { Step } from "../executor/program";
import { loadSome, storeSome } from "../simd/lanes";
import { isFirstThread, shareEnd, shareStart, synchronize } from "../executor/threads";
import { hoist } from "./hoist";

// @ts-ignore: decorator
@unmanaged
class SgdRowsRow {
  forward: u32;
  backward: u32;
  w: usize;
  dy: usize;
  workspace: usize;
  ids: usize;
  rows: i32;
  width: i32;
  count: i32;
  limit: f64;
}

export function sgdRowsForward(row: usize, step: usize): void {
  const r = changetype<SgdRowsRow>(row);
  const width = r.width;
  const dy = r.dy;
  const w = r.w;
  if (isFirstThread()) listPlaces(r.ids, r.count, r.rows, r.workspace);
  if (!synchronize()) return;
  const rate = hoist(step, 0, changetype<Step>(step).learningRate);
  const high = hoist(step, 1, r.limit);
  const low = f32x4.neg(high);
  const rowBytes = <usize>width << 2;
  const entries = entriesIn(r.workspace);
  const found = load<i32>(r.workspace);
  const last = entries + <usize>found * ENTRY;
  const shared = entries + <usize>shareEnd(found, 1) * ENTRY;
  let entry = firstOfRow(entries + <usize>shareStart(found, 1) * ENTRY, entries, last);
  while (entry < shared) {
    const end = firstOfRow(entry + ENTRY, entries, last);
    const target = w + <usize>rowOfEntry(entry) * rowBytes;
    for (let j = 0; j < width; j += 4) {
      const at = <usize>j << 2;
      const part = min(4, width - j) & 3;
      const sum = sumListed(entry, end, dy + at, rowBytes, part);
      // The first operand of pmin and pmax wins when it is NaN.
      const g = f32x4.pmin(f32x4.pmax(sum, low), high);
      storeSome(target + at, f32x4.sub(loadSome(target + at, part), f32x4.mul(rate, g)), part);
    }
    entry = end;
  }
}
