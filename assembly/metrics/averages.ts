// The sum of numbers, and how many they are.
//
//   sums[0] += Σ w_i·x_i        sums[1] += Σ w_i        w_i = weight_⌊i / countPerWeight⌋, 1 without weights
import { sumOf } from "../loops/reduce";
import { isFirstThread } from "../executor/threads";

// @ts-ignore: decorator
@unmanaged
class AveragesRow {
  forward: u32;
  backward: u32;
  x: usize;
  weight: usize;
  sums: usize;
  count: i32;
  countPerWeight: i32;
}

function addWeighted(r: AveragesRow): void {
  const countPerWeight = r.countPerWeight;
  const count = r.count;
  let weight = r.weight;
  let x = r.x;
  let sum: f64 = 0;
  let weights: f64 = 0;
  for (let i = 0; i < count; i += countPerWeight) {
    const w = <f64>load<f32>(weight);
    weight += 4;
    // A number of weight 0 may be anything, NaN included.
    if (w != 0) sum += w * sumOf(x, countPerWeight);
    weights += w * <f64>countPerWeight;
    x += (<usize>countPerWeight) << 2;
  }
  store<f64>(r.sums, load<f64>(r.sums) + sum);
  store<f64>(r.sums, load<f64>(r.sums, 8) + weights, 8);
}

export function averagesForward(row: usize, step: usize): void {
  if (!isFirstThread()) return;
  const r = changetype<AveragesRow>(row);
  if (r.weight) {
    addWeighted(r);
    return;
  }
  store<f64>(r.sums, load<f64>(r.sums) + sumOf(r.x, r.count));
  store<f64>(r.sums, load<f64>(r.sums, 8) + <f64>r.count, 8);
}
