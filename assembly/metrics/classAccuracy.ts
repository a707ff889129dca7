// How many rows have their largest prediction at the right class.
//
//   sums[0] += Σ_rows [argmax x = class of target]        sums[1] += rows
//
// x [rows, columns]   target [rows] labels when sparse, otherwise [rows, columns]
import { isFirstThread } from "../executor/threads";
import { argmax, targetClass } from "./argmax";

// @ts-ignore: decorator
@unmanaged
class ClassAccuracyRow {
  forward: u32;
  backward: u32;
  x: usize;
  target: usize;
  sums: usize;
  rows: i32;
  columns: i32;
  sparse: i32;
}

export function classAccuracyForward(row: usize, step: usize): void {
  if (!isFirstThread()) return;
  const r = changetype<ClassAccuracyRow>(row);
  const rows = r.rows;
  const columns = r.columns;
  const target = r.target;
  const sparse = r.sparse;
  const stride = (<usize>columns) << 2;
  let x = r.x;
  let right = 0;
  for (let i = 0; i < rows; i++) {
    const predicted = argmax(x, columns);
    if (predicted >= 0 && predicted == targetClass(target, i, columns, sparse)) right++;
    x += stride;
  }
  store<f64>(r.sums, load<f64>(r.sums) + <f64>right);
  store<f64>(r.sums, load<f64>(r.sums, 8) + <f64>rows, 8);
}
