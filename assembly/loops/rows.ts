// Row-wise operations: one input, one output, each row of the last axis on its own. Rows follow each other without
// padding, so every row but the first may begin at any float32 and ends with a part of a vector.
import { laneMask, loadLanes } from "../simd/lanes";
import { max4, select4 } from "../simd/vector";

/** Rows of operations along the last axis. */
// @ts-ignore: decorator
@unmanaged
export class RowwiseRow {
  forward: u32;
  backward: u32;
  x: usize;
  dx: usize;
  addDx: i32;
  y: usize;
  dy: usize;
  rows: i32;
  columns: i32;
}

/** Bytes of the whole vectors in a row. */
// @ts-ignore: decorator
@inline
export function wholeBytes(columns: i32): usize {
  return <usize>(columns & ~3) << 2;
}

/** The largest number of a row: `whole` bytes and `part` numbers behind them. Passes over NaN. */
// @ts-ignore: decorator
@inline
export function rowMaximum(x: usize, whole: usize, part: i32): f32 {
  const lowest = f32x4.splat(-Infinity);
  let largest = lowest;
  for (let j: usize = 0; j < whole; j += 16) largest = f32x4.pmax(largest, v128.load(x + j));
  if (part) largest = f32x4.pmax(largest, select4(laneMask(part), loadLanes(x + whole, part), lowest));
  return max4(largest);
}
