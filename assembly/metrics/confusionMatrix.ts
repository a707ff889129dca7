// How often each class was taken for each class.
//
//   sums[class of target · columns + argmax x] += w for every row
//
// x [rows, columns]   target [rows] labels when sparse, otherwise [rows, columns]
import { isFirstThread } from "../executor/threads";
import { argmax, targetClass } from "./argmax";
import { weightOf } from "./rowWeights";

// @ts-ignore: decorator
@unmanaged
class ConfusionMatrixRow {
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

export function confusionMatrixForward(row: usize, step: usize): void {
  if (!isFirstThread()) return;
  const r = changetype<ConfusionMatrixRow>(row);
  const rows = r.rows;
  const columns = r.columns;
  const target = r.target;
  const sparse = r.sparse;
  const sums = r.sums;
  const stride = (<usize>columns) << 2;
  let x = r.x;
  for (let i = 0; i < rows; i++) {
    const predicted = argmax(x, columns);
    const actual = targetClass(target, i, columns, sparse);
    if (predicted >= 0 && actual >= 0 && actual < columns) {
      const cell = sums + ((<usize>(actual * columns + predicted)) << 3);
      store<f64>(cell, load<f64>(cell) + weightOf(r.weight, i, r.rowsPerWeight));
    }
    x += stride;
  }
}
