// Shortens a gradient that is longer than `limit`.
//
//   n = √Σg²        g *= limit / max(n, limit)
//
// The squares are summed in float64, each of four lanes from the first element to the last, then (0 + 2) + (1 + 3) and the
// elements behind the last whole vector.
import { ELEMENTWISE_GRAIN } from "../elementwise";
import { meet, shareEnd, shareStart } from "../threads";
import { hoist } from "./hoist";

// @ts-ignore: decorator
@unmanaged
class ClipByNormRow {
  forward: u32;
  backward: u32;
  g: usize;
  count: i32;
  limit: f64;
}

function sumOfSquares(g: usize, count: i32): f64 {
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  const end = g + ((<usize>count) << 2);
  const wholeEnd = g + ((<usize>(count & ~3)) << 2);
  let at = g;
  for (; at < wholeEnd; at += 16) {
    const elements = v128.load(at);
    const upper = i8x16.shuffle(elements, elements, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15);
    const first = f64x2.promote_low_f32x4(elements);
    const second = f64x2.promote_low_f32x4(upper);
    low = f64x2.add(low, f64x2.mul(first, first));
    high = f64x2.add(high, f64x2.mul(second, second));
  }
  const pairs = f64x2.add(low, high);
  let sum = f64x2.extract_lane(pairs, 0) + f64x2.extract_lane(pairs, 1);
  for (; at < end; at += 4) {
    const element = <f64>load<f32>(at);
    sum += element * element;
  }
  return sum;
}

export function clipByNormForward(row: usize, step: usize): void {
  const r = changetype<ClipByNormRow>(row);
  const g = r.g;
  const count = r.count;
  // Every thread sums all of it: shares would change the order of the sum.
  const norm = sqrt<f64>(sumOfSquares(g, count));
  meet();
  if (norm <= r.limit) return;
  const scale = hoist(step, 0, r.limit / norm);
  const end = <usize>shareEnd(count, ELEMENTWISE_GRAIN) << 2;
  for (let i = <usize>shareStart(count, ELEMENTWISE_GRAIN) << 2; i < end; i += 16) {
    v128.store(g + i, f32x4.mul(v128.load(g + i), scale));
  }
}
