// What the coefficient of determination needs of every column.
//
//   origin = the column's first target
//   sums[0] += Σ w
//   sums[1 + 4j …] = origin, += Σ w·(target − origin), += Σ w·(target − origin)², += Σ w·(x − target)²
//
// A row of weight 0 is not looked at; origins are of the first row that is.
import { isFirstThread } from "../executor/threads";
import { weightOf } from "./rowWeights";

// @ts-ignore: decorator
@unmanaged
class ColumnResidualsRow {
  forward: u32;
  backward: u32;
  x: usize;
  target: usize;
  weight: usize;
  sums: usize;
  rows: i32;
  columns: i32;
  rowsPerWeight: i32;
}

/** Adds one column of predictions and targets to its sums, from row `first`. */
function addColumn(r: ColumnResidualsRow, first: i32, offsetOfColumn: usize, sums: usize): void {
  // Without weights a loop of its own: it takes half of the time.
  if (r.weight) addRows(r, first, offsetOfColumn, sums, true);
  else addRows(r, first, offsetOfColumn, sums, false);
}

// @ts-ignore: decorator
@inline
function addRows(r: ColumnResidualsRow, first: i32, offsetOfColumn: usize, sums: usize, isWeighted: bool): void {
  const stride = (<usize>r.columns) << 2;
  const rows = r.rows;
  let x = r.x + offsetOfColumn + <usize>first * stride;
  let target = r.target + offsetOfColumn + <usize>first * stride;
  const origin = load<f64>(sums);
  let offsets = load<f64>(sums, 8);
  let squares = load<f64>(sums, 16);
  let residuals = load<f64>(sums, 24);
  for (let i = first; i < rows; i++) {
    const w: f64 = isWeighted ? weightOf(r.weight, i, r.rowsPerWeight) : 1;
    if (!isWeighted || w != 0) {
      const actual = <f64>load<f32>(target);
      const offset = actual - origin;
      const residual = <f64>load<f32>(x) - actual;
      offsets += isWeighted ? w * offset : offset;
      squares += isWeighted ? w * offset * offset : offset * offset;
      residuals += isWeighted ? w * residual * residual : residual * residual;
    }
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
  const rows = r.rows;
  let first = 0;
  while (first < rows && weightOf(r.weight, first, r.rowsPerWeight) == 0) first++;
  if (first == rows) return;
  const isFirst = load<f64>(r.sums) == 0;
  for (let j = 0; j < columns; j++) {
    const offset = (<usize>j) << 2;
    const column = r.sums + 8 + ((<usize>j) << 5);
    if (isFirst) store<f64>(column, <f64>load<f32>(r.target + ((<usize>(first * columns)) << 2) + offset));
    addColumn(r, first, offset, column);
  }
  let weights: f64 = r.weight ? 0 : <f64>rows;
  if (r.weight) for (let i = first; i < rows; i++) weights += weightOf(r.weight, i, r.rowsPerWeight);
  store<f64>(r.sums, load<f64>(r.sums) + weights);
}
