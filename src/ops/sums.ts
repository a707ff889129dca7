import type { Memory } from "./op";

/**
 * Numbers at `target` (=|+=) sums that `collect` adds up in float64, whatever the precision of the heap: added one after the
 * other in float32, a million numbers of the same sign are off by a percent. Does nothing where `target` is 0.
 */
export function storeSums(
  heap: Memory["heap"],
  target: number,
  add: number,
  count: number,
  collect: (sums: Float64Array) => void,
): void {
  if (!target) return;
  const sums = new Float64Array(count);
  if (add) sums.set(heap.subarray(target, target + count));
  collect(sums);
  heap.set(sums, target);
}
