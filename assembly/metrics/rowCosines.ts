// The sum of the cosines between the rows of prediction and target; 0 for a row of zeros.
//
//   sums[0] += Σ_rows w·Σ x·target / √(Σx²·Σtarget²)        sums[1] += Σ_rows w
import { isFirstThread } from "../executor/threads";
import { weightOf } from "./rowWeights";

// @ts-ignore: decorator
@unmanaged
class RowCosinesRow {
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

/** The cosine between two rows, each sum in float64 from the first element to the last. */
function cosine(x: usize, target: usize, columns: i32): f64 {
  let product: f64 = 0;
  let squareX: f64 = 0;
  let squareTarget: f64 = 0;
  const end = (<usize>columns) << 2;
  for (let j: usize = 0; j < end; j += 4) {
    const predicted = <f64>load<f32>(x + j);
    const actual = <f64>load<f32>(target + j);
    product += predicted * actual;
    squareX += predicted * predicted;
    squareTarget += actual * actual;
  }
  const scale = sqrt<f64>(squareX) * sqrt<f64>(squareTarget);
  return scale == 0 ? 0 : product / scale;
}

export function rowCosinesForward(row: usize, step: usize): void {
  if (!isFirstThread()) return;
  const r = changetype<RowCosinesRow>(row);
  const rows = r.rows;
  const columns = r.columns;
  const stride = (<usize>columns) << 2;
  let x = r.x;
  let target = r.target;
  let sum: f64 = 0;
  let weights: f64 = 0;
  for (let i = 0; i < rows; i++) {
    const w = weightOf(r.weight, i, r.rowsPerWeight);
    if (w != 0) sum += w * cosine(x, target, columns);
    weights += w;
    x += stride;
    target += stride;
  }
  store<f64>(r.sums, load<f64>(r.sums) + sum);
  store<f64>(r.sums, load<f64>(r.sums, 8) + weights, 8);
}
