import { defineOp, type Example, type Examples } from "../op";

/**
 * The end of every loss: one number a row becomes the loss of the step.
 *
 *     loss += scale · Σ_i x_i·weight_⌊i / rowsPerWeight⌋        x [rows]   weight [rows / rowsPerWeight]
 *     dx_i = scale · weight_⌊i / rowsPerWeight⌋
 *
 *     own += [ownScale · the same sum, rows / rowsPerSample]
 *
 * A weight is that of a sample, or of a step of it. An absent `weight` counts as 1. `scale` holds the reduction, 1/rows for "sumOverBatchSize" and 1 for "sum", and the
 * weight of this loss among others. Keras divides by the number of rows, never by the sum of the weights. `own`, absent
 * when there is one loss only, is what this one adds up to over many batches, and over how many samples.
 */
export const reduceLoss = defineOp({
  name: "reduceLoss",
  inputs: ["x"],
  tensors: ["weight"],
  totals: ["loss", "own"],
  counts: ["rows", "rowsPerSample", "rowsPerWeight"],
  numbers: ["scale", "ownScale"],
  flops: ({ rows }) => 2 * rows,

  forward({ heap, totals }, { x, weight, loss, own, ...counts }) {
    const { rows, rowsPerSample, rowsPerWeight, scale, ownScale } = counts;
    let sum = 0;
    for (let first = 0; first < rows; first += rowsPerWeight) {
      const factor = weight ? heap[weight + first / rowsPerWeight] : 1;
      for (let i = first; i < first + rowsPerWeight; i++) sum += heap[x + i] * factor;
    }
    totals[loss] += scale * sum;
    if (!own) return;
    totals[own] += ownScale * sum;
    totals[own + 1] += rows / rowsPerSample;
  },

  backward({ heap }, { dx, addDx, weight, rows, rowsPerWeight, scale }) {
    for (let first = 0; first < rows; first += rowsPerWeight) {
      const gradient = scale * (weight ? heap[weight + first / rowsPerWeight] : 1);
      for (let i = first; i < first + rowsPerWeight; i++) heap[dx + i] = (addDx ? heap[dx + i] : 0) + gradient;
    }
  },
});

function example(samples: number, rowsPerSample: number, weighted: boolean, rowsPerWeight = rowsPerSample): Example {
  const rows = samples * rowsPerSample;
  return {
    shapes: weighted ? { x: [rows], weight: [rows / rowsPerWeight] } : { x: [rows] },
    sizes: { loss: 1 },
    counts: { rows, rowsPerSample, rowsPerWeight },
    numbers: { scale: 1 / rows, ownScale: 1 / rowsPerSample },
    fill: { x: (uniform) => 0.1 + uniform, weight: (uniform) => 2 * uniform, loss: () => 0.5 },
  };
}

export const examples: Examples = {
  op: reduceLoss,
  tolerance: 1e-7,
  sizes: (n) => [
    example(n, 1, true),
    example(n, 1, false),
    example(3, n, true),
    example(n, 5, false),
    example(n, 6, true, 1),
    example(n, 6, true, 3),
  ],
  bench: example(128, 1, true),
};
