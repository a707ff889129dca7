import { defineOp, type Example, type Examples } from "./op";

/**
 * The samples of a batch from int32 data as the whole numbers they are, such as ids, in the order of the step.
 *
 *     y[b, :] = source[order[b], :]        y, int32 [batch, size]   source, int32 [samples, size]
 */
export const gatherWhole = defineOp({
  name: "gatherWhole",
  integers: ["y", "source"],
  results: ["y"],
  counts: ["batch", "size"],

  forward({ integers }, { y, source, batch, size }, { order }) {
    for (let b = 0; b < batch; b++) {
      const sample = source + integers[order + b] * size;
      for (let j = 0; j < size; j++) integers[y + b * size + j] = integers[sample + j];
    }
  },
});

/** Samples that the source of an example holds. */
const sampleCount = 9;

function example(batch: number, size: number): Example {
  return {
    shapes: {},
    sizes: { y: batch * size, source: sampleCount * size },
    counts: { batch, size },
    // Beyond what float32 holds exactly.
    fill: { source: (uniform) => Math.floor((uniform - 0.5) * 2 ** 32) },
    // Some samples twice, some never, the last one too.
    step: { order: Array.from({ length: batch }, (_, b) => (8 + 5 * b * b) % sampleCount) },
  };
}

export const examples: Examples = {
  op: gatherWhole,
  tolerance: 0,
  sizes: (n) => [example(n, 1), example(3, n), example(n, 7)],
  bench: example(128, 784),
};
