// Two matrices side by side.
//
//   y_i = [a_i, b_i]      da_i, db_i = the two parts of dy_i
//   a [rows, columnsOfA]   b [rows, columnsOfB]   y [rows, columnsOfA + columnsOfB]
import { loadLanes, storeLanes } from "../simd/lanes";
import { wholeBytes } from "../loops/rows";
import { shareEnd, shareStart } from "../executor/threads";

// @ts-ignore: decorator
@unmanaged
class ConcatenateRow {
  forward: u32;
  backward: u32;
  a: usize;
  da: usize;
  addDa: i32;
  b: usize;
  db: usize;
  addDb: i32;
  y: usize;
  dy: usize;
  rows: i32;
  columnsOfA: i32;
  columnsOfB: i32;
}

/** target (=|+=) source for this thread's share of rows of `columns` numbers that stand so many bytes apart. */
function copyRows(
  rows: i32,
  columns: i32,
  source: usize,
  sourceStride: usize,
  target: usize,
  targetStride: usize,
  add: i32,
): void {
  const whole = wholeBytes(columns);
  const part = columns & 3;
  const first = <usize>shareStart(rows, 1);
  const end = source + <usize>shareEnd(rows, 1) * sourceStride;
  let to = target + first * targetStride;
  for (let from = source + first * sourceStride; from < end; from += sourceStride) {
    for (let j: usize = 0; j < whole; j += 16) {
      const numbers = v128.load(from + j);
      v128.store(to + j, add ? f32x4.add(v128.load(to + j), numbers) : numbers);
    }
    if (part) {
      const numbers = loadLanes(from + whole, part);
      storeLanes(to + whole, add ? f32x4.add(loadLanes(to + whole, part), numbers) : numbers, part);
    }
    to += targetStride;
  }
}

export function concatenateForward(row: usize, step: usize): void {
  const r = changetype<ConcatenateRow>(row);
  const strideOfA = <usize>r.columnsOfA << 2;
  const strideOfB = <usize>r.columnsOfB << 2;
  const stride = strideOfA + strideOfB;
  copyRows(r.rows, r.columnsOfA, r.a, strideOfA, r.y, stride, 0);
  copyRows(r.rows, r.columnsOfB, r.b, strideOfB, r.y + strideOfA, stride, 0);
}

export function concatenateBackward(row: usize, step: usize): void {
  const r = changetype<ConcatenateRow>(row);
  const strideOfA = <usize>r.columnsOfA << 2;
  const strideOfB = <usize>r.columnsOfB << 2;
  const stride = strideOfA + strideOfB;
  if (r.da) copyRows(r.rows, r.columnsOfA, r.dy, stride, r.da, strideOfA, r.addDa);
  if (r.db) copyRows(r.rows, r.columnsOfB, r.dy + strideOfA, stride, r.db, strideOfB, r.addDb);
}
