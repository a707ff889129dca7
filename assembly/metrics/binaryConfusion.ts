// True positives, false positives and false negatives of single predictions.
//
//   sums[0] += Σ w·[x > threshold ∧ target > 0]
//   sums[1] += Σ w·[x > threshold ∧ target ≤ 0]
//   sums[2] += Σ w·[x ≤ threshold ∧ target > 0]
import { isFirstThread } from "../executor/threads";
import { weightOf } from "./rowWeights";

// @ts-ignore: decorator
@unmanaged
class BinaryConfusionRow {
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

export function binaryConfusionForward(row: usize, step: usize): void {
  if (!isFirstThread()) return;
  const r = changetype<BinaryConfusionRow>(row);
  const x = r.x;
  const target = r.target;
  const threshold = <f32>r.threshold;
  const rows = r.rows;
  const stride = (<usize>r.columns) << 2;
  const weight = r.weight;
  const rowsPerWeight = r.rowsPerWeight;
  let i: usize = 0;
  let bothSum: f64 = 0;
  let wrongSum: f64 = 0;
  let missedSum: f64 = 0;
  for (let row = 0; row < rows; row++) {
    let predictedCount = 0;
    let actualCount = 0;
    let bothCount = 0;
    for (const end = i + stride; i < end; i += 4) {
      const predicted = <i32>(load<f32>(x + i) > threshold);
      const actual = <i32>(load<f32>(target + i) > 0);
      predictedCount += predicted;
      actualCount += actual;
      bothCount += predicted & actual;
    }
    const w = weightOf(weight, row, rowsPerWeight);
    bothSum += w * <f64>bothCount;
    wrongSum += w * <f64>(predictedCount - bothCount);
    missedSum += w * <f64>(actualCount - bothCount);
  }
  store<f64>(r.sums, load<f64>(r.sums) + bothSum);
  store<f64>(r.sums, load<f64>(r.sums, 8) + wrongSum, 8);
  store<f64>(r.sums, load<f64>(r.sums, 16) + missedSum, 16);
}
