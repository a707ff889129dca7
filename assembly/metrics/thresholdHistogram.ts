// How many positive and negative targets have their prediction between one threshold and the next.
//
//   sums[bucket of x] += w·[target > 0]        sums[buckets + bucket of x] += w·[target ≤ 0]
//
// The thresholds are i / buckets; a prediction on one belongs to the bucket below it.
import { isFirstThread } from "../executor/threads";
import { weightOf } from "./rowWeights";

// @ts-ignore: decorator
@unmanaged
class ThresholdHistogramRow {
  forward: u32;
  backward: u32;
  x: usize;
  target: usize;
  weight: usize;
  sums: usize;
  rows: i32;
  columns: i32;
  buckets: i32;
  rowsPerWeight: i32;
}

export function thresholdHistogramForward(row: usize, step: usize): void {
  if (!isFirstThread()) return;
  const r = changetype<ThresholdHistogramRow>(row);
  const x = r.x;
  const target = r.target;
  const sums = r.sums;
  const buckets = r.buckets;
  const rows = r.rows;
  const stride = (<usize>r.columns) << 2;
  let i: usize = 0;
  for (let row = 0; row < rows; row++) {
    const w = weightOf(r.weight, row, r.rowsPerWeight);
    for (const end = i + stride; i < end; i += 4) {
      const prediction = <f64>load<f32>(x + i);
      // False for NaN, too.
      let bucket = prediction > 0 ? <i32>ceil<f64>(min<f64>(prediction, 1) * <f64>buckets) - 1 : 0;
      if (!(load<f32>(target + i) > 0)) bucket += buckets;
      const cell = sums + ((<usize>bucket) << 3);
      store<f64>(cell, load<f64>(cell) + w);
    }
  }
}
