// The sum of errors of rows with weights: squared ones with squares 1, else absolute ones.
//
//   sums[0] += Σ_rows w·Σ |x − target|^(1 + squares)        sums[1] += columns·Σ_rows w
import { isFirstThread } from "../executor/threads";

// @ts-ignore: decorator
@unmanaged
class WeightedErrorsRow {
  forward: u32;
  backward: u32;
  x: usize;
  target: usize;
  weight: usize;
  sums: usize;
  rows: i32;
  columns: i32;
  rowsPerWeight: i32;
  squares: i32;
}

/** Σ |x − target|, or of the squares, of `bytes` of a row. */
function errorOf(x: usize, target: usize, bytes: usize, squares: i32): f64 {
  let sum: f64 = 0;
  for (let j: usize = 0; j < bytes; j += 4) {
    const error = <f64>load<f32>(x + j) - <f64>load<f32>(target + j);
    sum += squares ? error * error : abs<f64>(error);
  }
  return sum;
}

export function weightedErrorsForward(row: usize, step: usize): void {
  if (!isFirstThread()) return;
  const r = changetype<WeightedErrorsRow>(row);
  const rows = r.rows;
  const stride = (<usize>r.columns) << 2;
  let sum: f64 = 0;
  let weights: f64 = 0;
  for (let i = 0; i < rows; i++) {
    const w = <f64>load<f32>(r.weight + ((<usize>(i / r.rowsPerWeight)) << 2));
    const offset = <usize>i * stride;
    // A row of weight 0 may hold anything, NaN included.
    if (w != 0) sum += w * errorOf(r.x + offset, r.target + offset, stride, r.squares);
    weights += w;
  }
  store<f64>(r.sums, load<f64>(r.sums) + sum);
  store<f64>(r.sums, load<f64>(r.sums, 8) + weights * <f64>r.columns, 8);
}
