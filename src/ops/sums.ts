import type { Memory } from "./op";

/** So many numbers the fast kernels add in float32, as assembly/loops/reduce.ts has it. */
export const FEW_NUMBERS = 49;

/** Most of `count` windows of a size, `stride` apart, that cover the same number. */
export function overlap(size: number, stride: number, count: number): number {
  return Math.min(count, Math.ceil(size / stride));
}

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
