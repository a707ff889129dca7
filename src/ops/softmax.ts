import { exp } from "../numeric/elementary";
import { defineOp } from "./op";
import { rowwiseExamples } from "./rowwise";
import { UNIT } from "./range";

/**
 * Probabilities from logits, along the last axis.
 *
 *     y_j = e^(x_j − m) / Σ_k e^(x_k − m)      m = max_k x_k      x, y [rows, columns]
 *     dx_j = y_j·(dy_j − Σ_k dy_k·y_k)
 *
 * Subtracting the maximum changes nothing but keeps every exponential at most 1.
 */
export const softmax = defineOp({
  name: "softmax",
  inputs: ["x"],
  outputs: ["y"],
  range: UNIT,
  counts: ["rows", "columns"],
  saves: ["y"],

  forward({ heap }, { x, y, rows, columns }) {
    for (let i = 0; i < rows * columns; i += columns) {
      let m = Number.NEGATIVE_INFINITY;
      for (let j = i; j < i + columns; j++) if (heap[x + j] > m) m = heap[x + j];
      let sum = 0;
      for (let j = i; j < i + columns; j++) {
        const power = exp(heap[x + j] - m);
        heap[y + j] = power;
        sum += power;
      }
      for (let j = i; j < i + columns; j++) heap[y + j] /= sum;
    }
  },

  backward({ heap }, { dx, addDx, y, dy, rows, columns }) {
    for (let i = 0; i < rows * columns; i += columns) {
      let mean = 0;
      for (let j = i; j < i + columns; j++) mean += heap[dy + j] * heap[y + j];
      for (let j = i; j < i + columns; j++) {
        heap[dx + j] = (addDx ? heap[dx + j] : 0) + heap[y + j] * (heap[dy + j] - mean);
      }
    }
  },
});

export const examples = rowwiseExamples(softmax, 2e-6);
