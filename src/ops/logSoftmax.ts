import { exp, log } from "../numeric/elementary";
import { defineOp } from "./op";
import { rowwiseExamples } from "./rowwise";

/**
 * Logarithms of the softmax, along the last axis.
 *
 *     y_j = x_j − m − log Σ_k e^(x_k − m)      m = max_k x_k      x, y [rows, columns]
 *     dx_j = dy_j − e^(y_j)·Σ_k dy_k
 */
export const logSoftmax = defineOp({
  name: "logSoftmax",
  inputs: ["x"],
  outputs: ["y"],
  range: [Number.NEGATIVE_INFINITY, 0],
  counts: ["rows", "columns"],
  saves: ["y"],

  forward({ heap }, { x, y, rows, columns }) {
    for (let i = 0; i < rows * columns; i += columns) {
      let m = Number.NEGATIVE_INFINITY;
      for (let j = i; j < i + columns; j++) if (heap[x + j] > m) m = heap[x + j];
      let sum = 0;
      for (let j = i; j < i + columns; j++) sum += exp(heap[x + j] - m);
      const logarithm = log(sum);
      for (let j = i; j < i + columns; j++) heap[y + j] = heap[x + j] - m - logarithm;
    }
  },

  backward({ heap }, { dx, addDx, y, dy, rows, columns }) {
    for (let i = 0; i < rows * columns; i += columns) {
      let sum = 0;
      for (let j = i; j < i + columns; j++) sum += heap[dy + j];
      for (let j = i; j < i + columns; j++) {
        heap[dx + j] = (addDx ? heap[dx + j] : 0) + heap[dy + j] - exp(heap[y + j]) * sum;
      }
    }
  },
});

export const examples = rowwiseExamples(logSoftmax, 2e-6);
