// The sum of numbers, and how many they are.
//
//   sums[0] += Σ x_i        sums[1] += count
import { sumOf } from "../loops/reduce";
import { isFirstThread } from "../executor/threads";

// @ts-ignore: decorator
@unmanaged
class AveragesRow {
  forward: u32;
  backward: u32;
  x: usize;
  sums: usize;
  count: i32;
}

export function averagesForward(row: usize, step: usize): void {
  if (!isFirstThread()) return;
  const r = changetype<AveragesRow>(row);
  store<f64>(r.sums, load<f64>(r.sums) + sumOf(r.x, r.count));
  store<f64>(r.sums, load<f64>(r.sums, 8) + <f64>r.count, 8);
}
