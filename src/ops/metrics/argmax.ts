/**
 * The first index of the largest of `count` numbers, −1 when all are NaN: NaN is never the largest.
 * The twin of assembly/metrics/argmax.ts.
 */
export function argmax(heap: Float32Array | Float64Array, start: number, count: number): number {
  let best = -1;
  for (let j = 0; j < count; j++) {
    const value = heap[start + j];
    if (best < 0 ? !Number.isNaN(value) : value > heap[start + best]) best = j;
  }
  return best;
}

/** The class that row i of a target stands for: the label itself, or the place of the largest of `columns` numbers. */
export function targetClass(
  heap: Float32Array | Float64Array,
  target: number,
  i: number,
  columns: number,
  sparse: number,
): number {
  return sparse ? heap[target + i] : argmax(heap, target + i * columns, columns);
}
