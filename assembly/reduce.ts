// Sums over the rows of a matrix. Each column is summed from the first row to the last, whatever thread does it.
import { shareEnd, shareStart } from "./threads";

/** sum[columns] (=|+=) Σ_rows matrix[rows, columns]. Touches no padding. */
export function sumColumns(rows: i32, columns: i32, matrix: usize, sum: usize, add: i32): void {
  const stride = <usize>columns << 2;
  const bytes = <usize>rows * stride;
  const from = shareStart(columns, 16);
  const to = shareEnd(columns, 16);
  let j = from;
  for (; j + 16 <= to; j += 16) {
    const target = sum + ((<usize>j) << 2);
    let sum0 = f32x4.splat(0);
    let sum1 = f32x4.splat(0);
    let sum2 = f32x4.splat(0);
    let sum3 = f32x4.splat(0);
    if (add) {
      sum0 = v128.load(target);
      sum1 = v128.load(target, 16);
      sum2 = v128.load(target, 32);
      sum3 = v128.load(target, 48);
    }
    const first = matrix + ((<usize>j) << 2);
    const end = first + bytes;
    for (let source = first; source < end; source += stride) {
      sum0 = f32x4.add(sum0, v128.load(source));
      sum1 = f32x4.add(sum1, v128.load(source, 16));
      sum2 = f32x4.add(sum2, v128.load(source, 32));
      sum3 = f32x4.add(sum3, v128.load(source, 48));
    }
    v128.store(target, sum0);
    v128.store(target, sum1, 16);
    v128.store(target, sum2, 32);
    v128.store(target, sum3, 48);
  }
  for (; j < to; j++) {
    const target = sum + ((<usize>j) << 2);
    let total: f32 = add ? load<f32>(target) : 0;
    const first = matrix + ((<usize>j) << 2);
    const end = first + bytes;
    for (let source = first; source < end; source += stride) total += load<f32>(source);
    store<f32>(target, total);
  }
}
