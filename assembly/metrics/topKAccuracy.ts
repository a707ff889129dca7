// How many rows have fewer than k predictions above that of the right class.
//
//   sums[0] += Σ_rows w·[#{j : x_j > x_class} < k]        sums[1] += Σ_rows w
//
// x [rows, columns]   target [rows] labels when sparse, otherwise [rows, columns]
import { isFirstThread } from "../executor/threads";
import { targetClass } from "./argmax";
import { weightOf } from "./rowWeights";

// @ts-ignore: decorator
@unmanaged
class TopKAccuracyRow {
  forward: u32;
  backward: u32;
  x: usize;
  target: usize;
  weight: usize;
  sums: usize;
  rows: i32;
  columns: i32;
  sparse: i32;
  k: i32;
  rowsPerWeight: i32;
}

/** How many of `count` numbers are above `limit`. */
function countAbove(row: usize, count: i32, limit: f32): i32 {
  let above = 0;
  const end = row + ((<usize>count) << 2);
  for (let at = row; at < end; at += 4) above += <i32>(load<f32>(at) > limit);
  return above;
}

export function topKAccuracyForward(row: usize, step: usize): void {
  if (!isFirstThread()) return;
  const r = changetype<TopKAccuracyRow>(row);
  const rows = r.rows;
  const columns = r.columns;
  const target = r.target;
  const sparse = r.sparse;
  const k = r.k;
  const stride = (<usize>columns) << 2;
  let x = r.x;
  let right: f64 = 0;
  let weights: f64 = 0;
  for (let i = 0; i < rows; i++) {
    const w = weightOf(r.weight, i, r.rowsPerWeight);
    weights += w;
    const label = targetClass(target, i, columns, sparse);
    if (label >= 0 && label < columns) {
      const prediction = load<f32>(x + ((<usize>label) << 2));
      if (prediction == prediction && countAbove(x, columns, prediction) < k) right += w;
    }
    x += stride;
  }
  store<f64>(r.sums, load<f64>(r.sums) + right);
  store<f64>(r.sums, load<f64>(r.sums, 8) + weights, 8);
}
