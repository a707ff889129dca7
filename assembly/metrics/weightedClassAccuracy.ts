// How many rows with weights have their largest prediction at the right class.
//
//   sums[0] += Σ_rows w·[argmax x = class of target]        sums[1] += Σ_rows w
//
// x [rows, columns]   target [rows] labels when sparse, otherwise [rows, columns]
import { isFirstThread } from "../executor/threads";
import { argmax, targetClass } from "./argmax";

// @ts-ignore: decorator
@unmanaged
class WeightedClassAccuracyRow {
  forward: u32;
  backward: u32;
  x: usize;
  target: usize;
  weight: usize;
  sums: usize;
  rows: i32;
  columns: i32;
  sparse: i32;
  rowsPerWeight: i32;
}

export function weightedClassAccuracyForward(row: usize, step: usize): void {
  if (!isFirstThread()) return;
  const r = changetype<WeightedClassAccuracyRow>(row);
  const rows = r.rows;
  const columns = r.columns;
  const stride = (<usize>columns) << 2;
  let x = r.x;
  let right: f64 = 0;
  let weights: f64 = 0;
  for (let i = 0; i < rows; i++) {
    const w = <f64>load<f32>(r.weight + ((<usize>(i / r.rowsPerWeight)) << 2));
    const predicted = argmax(x, columns);
    if (predicted >= 0 && predicted == targetClass(r.target, i, columns, r.sparse)) right += w;
    weights += w;
    x += stride;
  }
  store<f64>(r.sums, load<f64>(r.sums) + right);
  store<f64>(r.sums, load<f64>(r.sums, 8) + weights, 8);
}
