// Rows of a table by their numbers.
//
//   y[k, j] = x[ids[k], j]      dx[i, j] = Σ_{ids[k] = i} dy[k, j]      x [rows, width]   ids, int32 [count]   y [count, width]
//
// The first thread sorts the places of the ids by their rows, a counting sort that keeps the order of equals. Then each thread
// adds up whole rows: those whose first place is in its share of the sorted ones. A sum of up to 16 rows is taken in float32,
// more are so many blocks whose sums float64 takes.
import { fillRun } from "../loops/axes";
import { rowOf } from "../loops/rowIds";
import { copyRun } from "../loops/strided";
import { addHigh, addLow, joinHalves, loadSome, storeSome } from "../simd/lanes";
import { isFirstThread, shareEnd, shareStart, synchronize } from "../executor/threads";

/** Numbers that are added in float32 before float64 takes their sum. */
const BLOCK: i32 = 16;

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
  if (isFirstThread()) sortPlaces(r);
  if (!synchronize()) return;
  addRows(r);
}

/**
 * Into the workspace: for each row, one past its last entry in the list behind them; the list: places of ids, row by row. The
 * number in front of the first row is 0.
 */
function sortPlaces(r: TakeRowsRow): void {
  const rows = r.rows;
  const ids = r.ids;
  const starts = r.workspace;
  const places = starts + (<usize>(rows + 1) << 2);
  memory.fill(starts, 0, <usize>(rows + 1) << 2);
  const end = ids + (<usize>r.count << 2);
  for (let id = ids; id < end; id += 4) {
    const row = rowOf(load<i32>(id), rows);
    if (row < 0) continue;
    const at = starts + (<usize>(row + 1) << 2);
    store<i32>(at, load<i32>(at) + 1);
  }
  // From how many each row has to where each begins, one entry late: putting the places moves them to where each ends.
  let sum = 0;
  for (let row = 0; row < rows; row++) {
    const at = starts + (<usize>(row + 1) << 2);
    const own = load<i32>(at);
    store<i32>(at, sum);
    sum += own;
  }
  for (let id = ids; id < end; id += 4) {
    const row = rowOf(load<i32>(id), rows);
    if (row < 0) continue;
    const at = starts + (<usize>(row + 1) << 2);
    const place = load<i32>(at);
    store<i32>(places + (<usize>place << 2), <i32>((id - ids) >> 2));
    store<i32>(at, place + 1);
  }
}

/** dx (=|+=) sums of the rows whose first place is in this thread's share. */
function addRows(r: TakeRowsRow): void {
  const rows = r.rows;
  const width = r.width;
  const rowBytes = <usize>width << 2;
  const starts = r.workspace;
  const places = starts + (<usize>(rows + 1) << 2);
  const found = load<i32>(starts + (<usize>rows << 2));
  const from = shareStart(found, 1);
  const to = shareEnd(found, 1);
  let start = 0;
  for (let row = 0; row < rows && start < to; row++) {
    const end = load<i32>(starts + (<usize>(row + 1) << 2));
    if (end > start && start >= from) {
      const listed = places + (<usize>start << 2);
      const target = r.dx + <usize>row * rowBytes;
      for (let j = 0; j < width; j += 4) {
        const at = <usize>j << 2;
        sumListed(listed, end - start, r.dy + at, rowBytes, target + at, r.addDx, min(4, width - j) & 3);
      }
    }
    start = end;
  }
}

/** target (=|+=) the sum of four columns, or of `part` where that is not 0, over the rows in a list. */
function sumListed(listed: usize, count: i32, dy: usize, rowBytes: usize, target: usize, add: i32, part: i32): void {
  const end = listed + (<usize>count << 2);
  let low = f64x2.splat(0);
  let high = low;
  let sum = f32x4.splat(0);
  while (true) {
    sum = loadSome(dy + <usize>load<i32>(listed) * rowBytes, part);
    const blockEnd = min(end, listed + (BLOCK << 2));
    for (listed += 4; listed < blockEnd; listed += 4) {
      sum = f32x4.add(sum, loadSome(dy + <usize>load<i32>(listed) * rowBytes, part));
    }
    if (count <= BLOCK) break;
    low = addLow(low, sum);
    high = addHigh(high, sum);
    if (listed < end) continue;
    sum = joinHalves(low, high);
    break;
  }
  storeSome(target, add ? f32x4.add(loadSome(target, part), sum) : sum, part);
}
