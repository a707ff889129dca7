import type { Example, Examples, Op } from "./op";

/** Examples of an operation along the last axis, with one input, one output of the same shape, and `rows`, `columns`. */
export function rowwiseExamples(op: Op, tolerance: number): Examples {
  const example = (rows: number, columns: number): Example => ({
    shapes: { x: [rows, columns], y: [rows, columns] },
    counts: { rows, columns },
    fill: { x: (uniform) => 8 * uniform - 4 },
  });
  return {
    op,
    tolerance,
    sizes: (n) => [example(3, n), example(n, 10), example(n, n), example(2, 61 * n)],
    bench: example(128, 10),
  };
}
