import type { Example, Examples, Op } from "./op";

/** Examples of an operation that makes one float64 number, `result`, of vectors of `count` elements. */
export function reductionExamples(op: Op, tolerance: number): Examples {
  const example = (count: number): Example => ({
    shapes: Object.fromEntries(op.tensors.map((name) => [name, [count]])),
    sizes: { result: 1 },
    counts: { count },
    // More positive than negative: what errors are relative to does not cancel.
    fill: Object.fromEntries(op.tensors.map((name) => [name, (uniform: number) => 2 * uniform - 0.5])),
  });
  return { op, tolerance, sizes: (n) => [example(n), example(61 * n)], bench: example(128 * 512) };
}
