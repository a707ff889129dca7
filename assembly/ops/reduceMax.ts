// The largest number of a vector; NaN when there is one.
//
//   result = max_i x_i
import { laneMask, loadLanes } from "../simd/lanes";
import { wholeBytes } from "../loops/rows";
import { isFirstThread } from "../executor/threads";
import { max4, select4 } from "../simd/vector";

// @ts-ignore: decorator
@unmanaged
class ReduceMaxRow {
  forward: u32;
  backward: u32;
  x: usize;
  result: usize;
  count: i32;
}

export function reduceMaxForward(row: usize, step: usize): void {
  if (!isFirstThread()) return;
  const r = changetype<ReduceMaxRow>(row);
  const x = r.x;
  const whole = wholeBytes(r.count);
  const part = r.count & 3;
  const lowest = f32x4.splat(-Infinity);
  // pmax passes over NaN, so that those are collected beside it.
  let largest = lowest;
  let unordered = i32x4.splat(0);
  for (let i: usize = 0; i < whole; i += 16) {
    const elements = v128.load(x + i);
    largest = f32x4.pmax(largest, elements);
    unordered = v128.or(unordered, f32x4.ne(elements, elements));
  }
  if (part) {
    const elements = select4(laneMask(part), loadLanes(x + whole, part), lowest);
    largest = f32x4.pmax(largest, elements);
    unordered = v128.or(unordered, f32x4.ne(elements, elements));
  }
  store<f64>(r.result, v128.any_true(unordered) ? NaN : <f64>max4(largest));
}
