// The inner product of two vectors, in float64.
//
//   result = Σ a_i·b_i
import { sumOfProducts } from "../loops/reduce";
import { isFirstThread } from "../executor/threads";

// @ts-ignore: decorator
@unmanaged
class ReduceDotRow {
  forward: u32;
  backward: u32;
  a: usize;
  b: usize;
  result: usize;
  count: i32;
}

export function reduceDotForward(row: usize, step: usize): void {
  if (!isFirstThread()) return;
  const r = changetype<ReduceDotRow>(row);
  store<f64>(r.result, sumOfProducts(r.a, r.b, r.count));
}
