import { gatherExamples } from "./gather";
import { defineOp } from "./op";

/**
 * The samples of a batch from float32 data, in the order of the step.
 *
 *     y[b, :] = scale·source[order[b], :] + offset        y [batch, size]   source [samples, size]
 */
export const gatherFloats = defineOp({
  name: "gatherFloats",
  outputs: ["y"],
  tensors: ["source"],
  counts: ["batch", "size"],
  numbers: ["scale", "offset"],

  forward({ heap, integers }, { y, source, batch, size, scale, offset }, { order }) {
    for (let b = 0; b < batch; b++) {
      const sample = source + integers[order + b] * size;
      for (let j = 0; j < size; j++) heap[y + b * size + j] = scale * heap[sample + j] + offset;
    }
  },
});

export const examples = gatherExamples(gatherFloats, { tolerance: 0, scale: 0.5, offset: 0.25 });
