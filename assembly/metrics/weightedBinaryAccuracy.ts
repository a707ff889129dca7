// How many single predictions, in rows with weights, are on the right side of a threshold.
//
//   sums[0] += Σ_rows w·Σ [(x > threshold ? 1 : 0) = t]        sums[1] += columns·Σ_rows w
//
// t is the target, 0 where that is −1.
import { isFirstThread } from "../executor/threads";

// @ts-ignore: decorator
@unmanaged
class WeightedBinaryAccuracyRow {
  forward: u32;
  backward: u32;
  x: usize;
  target: usize;
  weight: usize;
  sums: usize;
  rows: i32;
  columns: i32;
  rowsPerWeight: i32;
  threshold: f64;
}

export function weightedBinaryAccuracyForward(row: usize, step: usize): void {
  if (!isFirstThread()) return;
  const r = changetype<WeightedBinaryAccuracyRow>(row);
  const x = r.x;
  const target = r.target;
  const threshold = <f32>r.threshold;
  const rows = r.rows;
  const stride = (<usize>r.columns) << 2;
  let sum: f64 = 0;
  let weights: f64 = 0;
  let i: usize = 0;
  for (let k = 0; k < rows; k++) {
    const w = <f64>load<f32>(r.weight + ((<usize>(k / r.rowsPerWeight)) << 2));
    let right = 0;
    for (const end = i + stride; i < end; i += 4) {
      const predicted: f32 = load<f32>(x + i) > threshold ? 1 : 0;
      const actual = load<f32>(target + i);
      right += <i32>(predicted == (actual == -1 ? 0 : actual));
    }
    sum += w * <f64>right;
    weights += w;
  }
  store<f64>(r.sums, load<f64>(r.sums) + sum);
  store<f64>(r.sums, load<f64>(r.sums, 8) + weights * <f64>r.columns, 8);
}
