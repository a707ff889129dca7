import { defineOp, type Example, type Examples } from "./op";
import { denseWorkspaceElements } from "./gemmWorkspace";
import { ANY } from "./range";
import { storeSums } from "./sums";

/**
 * A fully connected layer: every output is a weighted sum of all inputs plus a bias.
 *
 *     y = x·w + b          x [rows, inputs]   w [inputs, units]   b [units]   y [rows, units]
 *     dx = dy·wᵀ           dw = xᵀ·dy         db = Σ_rows dy
 *
 * Everything before the last axis counts as rows. `b` is absent without a bias.
 */
export const dense = defineOp({
  name: "dense",
  inputs: ["x", "w", "b"],
  outputs: ["y"],
  range: ANY,
  tensors: ["workspace"],
  counts: ["rows", "inputs", "units"],
  saves: ["x", "w"],
  workspace: ({ rows, inputs, units }) => denseWorkspaceElements(rows, inputs, units),
  flops: ({ rows, inputs, units }) => 2 * rows * inputs * units,

  forward({ heap }, { x, w, b, y, rows, inputs, units }) {
    for (let i = 0; i < rows; i++) {
      storeSums(heap, y + i * units, 0, units, (sums) => {
        if (b) sums.set(heap.subarray(b, b + units));
        for (let k = 0; k < inputs; k++) {
          const input = heap[x + i * inputs + k];
          for (let j = 0; j < units; j++) sums[j] += input * heap[w + k * units + j];
        }
      });
    }
  },

  backward({ heap }, { x, dx, addDx, w, dw, addDw, db, addDb, dy, rows, inputs, units }) {
    storeSums(heap, db, addDb, units, (sums) => {
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < units; j++) sums[j] += heap[dy + i * units + j];
      }
    });
    storeSums(heap, dw, addDw, inputs * units, (sums) => {
      for (let i = 0; i < rows; i++) {
        for (let k = 0; k < inputs; k++) {
          const input = heap[x + i * inputs + k];
          for (let j = 0; j < units; j++) sums[k * units + j] += input * heap[dy + i * units + j];
        }
      }
    });
    if (dx) {
      for (let i = 0; i < rows; i++) {
        for (let k = 0; k < inputs; k++) {
          let sum = addDx ? heap[dx + i * inputs + k] : 0;
          for (let j = 0; j < units; j++) sum += heap[dy + i * units + j] * heap[w + k * units + j];
          heap[dx + i * inputs + k] = sum;
        }
      }
    }
  },
});

/** A row of these sizes, also of what a dense layer is a part of. */
export function denseExample(rows: number, inputs: number, units: number, bias = true): Example {
  const shapes = { x: [rows, inputs], w: [inputs, units], y: [rows, units] };
  return { shapes: bias ? { ...shapes, b: [units] } : shapes, counts: { rows, inputs, units } };
}

/** Sizes at the edges of every path that a product takes. */
export function denseSizes(n: number): Example[] {
  const sizes = [denseExample(n, 7, 5), denseExample(5, n, 3), denseExample(3, 13, n, false)];
  return [...sizes, denseExample(n, n, n), denseExample(1, n, 1), denseExample(3, 20 * n, 13)];
}

export const examples: Examples = {
  op: dense,
  tolerance: 3e-6,
  gradientTolerance: 1e-5,
  sizes: denseSizes,
  bench: denseExample(128, 784, 128),
};
