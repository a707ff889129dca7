// How many single predictions are on the right side of a threshold.
//
//   sums[0] += Σ [(x > threshold ? 1 : 0) = t]        sums[1] += rows·columns
//
// t is the target, 0 where that is −1.
import { isFirstThread } from "../executor/threads";

// @ts-ignore: decorator
@unmanaged
class BinaryAccuracyRow {
  forward: u32;
  backward: u32;
  x: usize;
  target: usize;
  sums: usize;
  rows: i32;
  columns: i32;
  threshold: f64;
}

export function binaryAccuracyForward(row: usize, step: usize): void {
  if (!isFirstThread()) return;
  const r = changetype<BinaryAccuracyRow>(row);
  const x = r.x;
  const target = r.target;
  const threshold = <f32>r.threshold;
  const count = r.rows * r.columns;
  const wholeEnd = (<usize>(count & ~3)) << 2;
  const end = (<usize>count) << 2;
  const limits = f32x4.splat(threshold);
  const one = f32x4.splat(1);
  let right = 0;
  let i: usize = 0;
  for (; i < wholeEnd; i += 16) {
    const predicted = v128.and(one, f32x4.gt(v128.load(x + i), limits));
    const actual = v128.load(target + i);
    const isMinusOne = f32x4.eq(actual, f32x4.splat(-1));
    right += popcnt(i32x4.bitmask(f32x4.eq(predicted, v128.andnot(actual, isMinusOne))));
  }
  for (; i < end; i += 4) {
    const predicted: f32 = load<f32>(x + i) > threshold ? 1 : 0;
    const actual = load<f32>(target + i);
    right += <i32>(predicted == (actual == -1 ? 0 : actual));
  }
  store<f64>(r.sums, load<f64>(r.sums) + <f64>right);
  store<f64>(r.sums, load<f64>(r.sums, 8) + <f64>count, 8);
}
