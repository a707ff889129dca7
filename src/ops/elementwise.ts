import type { Example, Examples, Op } from "./op";

/** Examples of an operation with one input, one output of the same shape, and the field `count`. */
export function elementwiseExamples(
  op: Op,
  tolerance: number,
  { numbers, from = -4, to = 4 }: { numbers?: Record<string, number>; from?: number; to?: number } = {},
): Examples {
  const example = (count: number): Example => ({
    shapes: { x: [count], y: [count] },
    counts: { count },
    numbers,
    // The first element is an ordinary one, so that the largest value, which errors are relative to, is of ordinary size.
    fill: {
      x: (uniform, i) => (i === 0 ? 0.5 : from + uniform * (to - from)),
      dy: (uniform, i) => (i === 0 ? 1 : 2 * uniform - 1),
    },
  });
  return { op, tolerance, sizes: example, bench: example(128 * 512) };
}
