import { gatherExamples } from "./gather";
import { defineOp } from "./op";

/**
 * The samples of a batch from uint8 data, as images have it, in the order of the step.
 *
 *     y[b, :] = scale·source[order[b], :] + offset        y [batch, size]   source [samples, size]
 */
export const gatherBytes = defineOp({
  name: "gatherBytes",
  outputs: ["y"],
  bytes: ["source"],
  counts: ["batch", "size"],
  numbers: ["scale", "offset"],

  forward({ heap, integers, bytes }, { y, source, batch, size, scale, offset }, { order }) {
    for (let b = 0; b < batch; b++) {
      const sample = source + integers[order + b] * size;
      for (let j = 0; j < size; j++) heap[y + b * size + j] = scale * bytes[sample + j] + offset;
    }
  },
});

export const examples = gatherExamples(gatherBytes, {
  tolerance: 2e-7,
  scale: 1 / 255,
  offset: 0.1,
  source: (uniform) => Math.floor(uniform * 256),
});
