// True positives, false positives and false negatives of single predictions.
//
//   sums[0] += Σ [x > threshold ∧ target > 0]
//   sums[1] += Σ [x > threshold ∧ target ≤ 0]
//   sums[2] += Σ [x ≤ threshold ∧ target > 0]
import { isFirstThread } from "../executor/threads";

// @ts-ignore: decorator
@unmanaged
class BinaryConfusionRow {
  forward: u32;
  backward: u32;
  x: usize;
  target: usize;
  sums: usize;
  rows: i32;
  columns: i32;
  threshold: f64;
}

export function binaryConfusionForward(row: usize, step: usize): void {
  if (!isFirstThread()) return;
  const r = changetype<BinaryConfusionRow>(row);
  const x = r.x;
  const target = r.target;
  const threshold = <f32>r.threshold;
  const end = (<usize>(r.rows * r.columns)) << 2;
  let predictedCount = 0;
  let actualCount = 0;
  let bothCount = 0;
  for (let i: usize = 0; i < end; i += 4) {
    const predicted = <i32>(load<f32>(x + i) > threshold);
    const actual = <i32>(load<f32>(target + i) > 0);
    predictedCount += predicted;
    actualCount += actual;
    bothCount += predicted & actual;
  }
  store<f64>(r.sums, load<f64>(r.sums) + <f64>bothCount);
  store<f64>(r.sums, load<f64>(r.sums, 8) + <f64>(predictedCount - bothCount), 8);
  store<f64>(r.sums, load<f64>(r.sums, 16) + <f64>(actualCount - bothCount), 16);
}
