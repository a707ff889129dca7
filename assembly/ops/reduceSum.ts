// The sum of a vector, in float64.
//
//   result = Σ x_i
import { sumOf } from "../loops/reduce";
import { isFirstThread } from "../executor/threads";

// @ts-ignore: decorator
@unmanaged
class ReduceSumRow {
  forward: u32;
  backward: u32;
  x: usize;
  result: usize;
  count: i32;
}

export function reduceSumForward(row: usize, step: usize): void {
  if (!isFirstThread()) return;
  const r = changetype<ReduceSumRow>(row);
  store<f64>(r.result, sumOf(r.x, r.count));
}
