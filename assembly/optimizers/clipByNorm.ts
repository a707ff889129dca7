// Shortens a gradient that is longer than `limit`.
//
//   n = √Σg²        g *= limit / max(n, limit)
import { ELEMENTWISE_GRAIN } from "../loops/elementwise";
import { sumOfProducts } from "../loops/reduce";
import { shareEnd, shareStart, synchronize } from "../executor/threads";
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

export function clipByNormForward(row: usize, step: usize): void {
  const r = changetype<ClipByNormRow>(row);
  const g = r.g;
  const count = r.count;
  // Every thread sums all of it: shares would change the order of the sum.
  const norm = sqrt<f64>(sumOfProducts(g, g, count));
  synchronize();
  if (norm <= r.limit) return;
  const scale = hoist(step, 0, r.limit / norm);
  const end = <usize>shareEnd(count, ELEMENTWISE_GRAIN) << 2;
  for (let i = <usize>shareStart(count, ELEMENTWISE_GRAIN) << 2; i < end; i += 16) {
    v128.store(g + i, f32x4.mul(v128.load(g + i), scale));
  }
}
