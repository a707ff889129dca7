import { defineOp, type Example, type Examples } from "../op";

/**
 * The end of a loss of an output with a mask: one number a row becomes the loss of the step, and rows whose mask is 0 count nowhere.
 *
 *     valid = rows of which the mask is not 0        m_i = [mask_⌊i / rowsPerMask⌋ ≠ 0]
 *     f = rows / valid with `isMean` 1 (0 where nothing is valid), else 1
 *     loss += f·scale · Σ_i m_i·x_i·weight_⌊i / rowsPerWeight⌋        dx_i = f·scale·m_i·weight_⌊i / rowsPerWeight⌋
 *     own += [f·ownScale · the same sum, rows / rowsPerSample]
 *
 * x [rows], mask [rows / rowsPerMask], weight [rows / rowsPerWeight], 1 where it is absent. The rest is as in reduceLoss: with a
 * mask of ones both give the same bits. A loss at a masked row is not looked at.
 */
export const reduceMaskedLoss = defineOp({
  name: "reduceMaskedLoss",
  inputs: ["x"],
  tensors: ["mask", "weight"],
  totals: ["loss", "own"],
  counts: ["rows", "rowsPerSample", "rowsPerWeight", "rowsPerMask", "isMean"],
  numbers: ["scale", "ownScale"],
  flops: ({ rows }) => 4 * rows,

  forward({ heap, totals }, { x, mask, weight, loss, own, ...counts }) {
    const { rows, rowsPerSample, rowsPerWeight, rowsPerMask, isMean, scale, ownScale } = counts;
    const factor = isMean ? share(heap, mask, rows, rowsPerMask) : 1;
    let sum = 0;
    for (let i = 0; i < rows; i++) {
      if (heap[mask + Math.floor(i / rowsPerMask)] === 0) continue;
      sum += heap[x + i] * (weight ? heap[weight + Math.floor(i / rowsPerWeight)] : 1);
    }
    totals[loss] += factor * scale * sum;
    if (!own) return;
    totals[own] += factor * ownScale * sum;
    totals[own + 1] += rows / rowsPerSample;
  },

  backward({ heap }, { dx, addDx, mask, weight, ...counts }) {
    const { rows, rowsPerWeight, rowsPerMask, isMean, scale } = counts;
    const factor = isMean ? share(heap, mask, rows, rowsPerMask) : 1;
    for (let i = 0; i < rows; i++) {
      const isValid = heap[mask + Math.floor(i / rowsPerMask)] !== 0;
      const w = weight ? heap[weight + Math.floor(i / rowsPerWeight)] : 1;
      heap[dx + i] = (addDx ? heap[dx + i] : 0) + (isValid ? factor * scale * w : 0);
    }
  },
});

/** How many rows there are for each valid one, 0 where none is. */
function share(heap: Float32Array | Float64Array, mask: number, rows: number, rowsPerMask: number): number {
  let valid = 0;
  for (let i = 0; i < rows / rowsPerMask; i++) if (heap[mask + i] !== 0) valid += rowsPerMask;
  return valid ? rows / valid : 0;
}

function example(
  samples: number,
  rowsPerSample: number,
  rowsPerMask: number,
  isMean: number,
  rowsPerWeight = 0,
  isEmpty = false,
): Example {
  const rows = samples * rowsPerSample;
  return {
    shapes: { x: [rows], mask: [rows / rowsPerMask], ...(rowsPerWeight && { weight: [rows / rowsPerWeight] }) },
    sizes: { loss: 1 },
    counts: { rows, rowsPerSample, rowsPerWeight: rowsPerWeight || 1, rowsPerMask, isMean },
    numbers: { scale: 1 / rows, ownScale: 1 / rowsPerSample },
    fill: {
      x: (uniform) => 0.1 + uniform,
      mask: (uniform) => (isEmpty ? 0 : Math.round(uniform)),
      weight: (uniform) => 2 * uniform,
      loss: () => 0.5,
    },
  };
}

export const examples: Examples = {
  op: reduceMaskedLoss,
  tolerance: 1e-7,
  // That of a masked row.
  hidesNaN: true,
  sizes: (n) => [
    example(n, 1, 1, 1),
    example(n, 4, 1, 1, 4),
    example(3, n, 1, 0, 1),
    example(n, 6, 3, 1, 1),
    example(n, 6, 1, 1, 3),
    example(n, 2, 2, 1, 0, true),
  ],
  bench: example(128, 16, 1, 1),
};
