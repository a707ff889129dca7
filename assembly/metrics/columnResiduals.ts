// What the coefficient of determination needs of every column.
//
//   origin = the column's first target
//   sums[0] += rows
//   sums[1 + 4j …] = origin, += Σ (target − origin), += Σ (target − origin)², += Σ (x − target)²
import { isFirstThread } from "../executor/threads";

// @ts-ignore: decorator
@unmanaged
class ColumnResidualsRow {
  forward: u32;
  backward: u32;
  x: usize;
  target: usize;
  sums: usize;
  rows: i32;
  columns: i32;
}

/** Adds one column of predictions and targets, `stride` bytes from row to row, to its sums. */
function addColumn(x: usize, target: usize, rows: i32, stride: usize, sums: usize): void {
  const origin = load<f64>(sums);
  let offsets = load<f64>(sums, 8);
  let squares = load<f64>(sums, 16);
  let residuals = load<f64>(sums, 24);
  for (let i = 0; i < rows; i++) {
    const actual = <f64>load<f32>(target);
    const offset = actual - origin;
    const residual = <f64>load<f32>(x) - actual;
    offsets += offset;
    squares += offset * offset;
    residuals += residual * residual;
    x += stride;
    target += stride;
  }
  store<f64>(sums, offsets, 8);
  store<f64>(sums, squares, 16);
  store<f64>(sums, residuals, 24);
}

export function columnResidualsForward(row: usize, step: usize): void {
  if (!isFirstThread()) return;
  const r = changetype<ColumnResidualsRow>(row);
  const columns = r.columns;
  const isFirst = load<f64>(r.sums) == 0;
  for (let j = 0; j < columns; j++) {
    const offset = (<usize>j) << 2;
    const column = r.sums + 8 + ((<usize>j) << 5);
    if (isFirst) store<f64>(column, <f64>load<f32>(r.target + offset));
    addColumn(r.x + offset, r.target + offset, r.rows, (<usize>columns) << 2, column);
  }
  store<f64>(r.sums, load<f64>(r.sums) + <f64>r.rows);
}
