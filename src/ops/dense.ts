import { defineOp, type Examples } from "./op";
import { denseWorkspaceElements } from "./gemmWorkspace";

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
  tensors: ["workspace"],
  counts: ["rows", "inputs", "units"],
  saves: ["x", "w"],
  workspace: ({ rows, inputs, units }) => denseWorkspaceElements(rows, inputs, units),
  flops: ({ rows, inputs, units }) => 2 * rows * inputs * units,

  forward({ heap }, { x, w, b, y, rows, inputs, units }) {
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < units; j++) heap[y + i * units + j] = b ? heap[b + j] : 0;
      for (let k = 0; k < inputs; k++) {
        const input = heap[x + i * inputs + k];
        for (let j = 0; j < units; j++) heap[y + i * units + j] += input * heap[w + k * units + j];
      }
    }
  },

  backward({ heap }, { x, dx, addDx, w, dw, addDw, db, addDb, dy, rows, inputs, units }) {
    if (db) {
      if (!addDb) heap.fill(0, db, db + units);
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < units; j++) heap[db + j] += heap[dy + i * units + j];
      }
    }
    if (dw) {
      if (!addDw) heap.fill(0, dw, dw + inputs * units);
      for (let i = 0; i < rows; i++) {
        for (let k = 0; k < inputs; k++) {
          const input = heap[x + i * inputs + k];
          for (let j = 0; j < units; j++) heap[dw + k * units + j] += input * heap[dy + i * units + j];
        }
      }
    }
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

function example(rows: number, inputs: number, units: number, bias = true) {
  const shapes = { x: [rows, inputs], w: [inputs, units], y: [rows, units] };
  return { shapes: bias ? { ...shapes, b: [units] } : shapes, counts: { rows, inputs, units } };
}

export const examples: Examples = {
  op: dense,
  tolerance: 3e-6,
  gradientTolerance: 1e-5,
  sizes: (n) => [example(n, 7, 5), example(5, n, 3), example(3, 13, n, false), example(n, n, n), example(1, n, 1)],
  bench: example(128, 784, 128),
};
