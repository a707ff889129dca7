import type { Example, Examples, Op } from "./op";

/** Samples that the source of an example holds. */
const sampleCount = 9;

/** Examples of an operation that gathers samples: plain copies, and with this scale and offset. */
export function gatherExamples(
  op: Op,
  options: { tolerance: number; scale: number; offset: number; source?: (uniform: number) => number },
): Examples {
  const { tolerance, scale, offset, source } = options;
  const example = (batch: number, size: number, numbers: { scale: number; offset: number }): Example => ({
    shapes: { y: [batch, size], source: [sampleCount, size] },
    sizes: { source: sampleCount * size },
    counts: { batch, size },
    numbers,
    fill: source ? { source } : undefined,
    // Some samples twice, some never, the last one too.
    step: { order: Array.from({ length: batch }, (_, b) => (8 + 5 * b * b) % sampleCount) },
  });
  const copied = { scale: 1, offset: 0 };
  const scaled = { scale, offset };
  const shifted = { scale: 1, offset };
  return {
    op,
    tolerance,
    sizes: (n) => [
      example(n, 1, copied),
      example(3, n, copied),
      example(n, 7, scaled),
      example(2, 11 * n, scaled),
      example(n, 2, shifted),
    ],
    bench: example(128, 784, scaled),
  };
}
