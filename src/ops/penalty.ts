import { defineOp, type Example, type Examples } from "./op";

/**
 * L1 and L2 penalty of a weight: part of the loss, and of the weight's gradient.
 *
 *     loss += l1·Σ|w| + l2·Σw²        dw += l1·sign(w) + 2·l2·w
 *
 * Its row stands before all others, so that backward reaches it when `dw` is complete.
 */
export const penalty = defineOp({
  name: "penalty",
  inputs: ["w"],
  totals: ["loss"],
  counts: ["count"],
  numbers: ["l1", "l2"],
  saves: ["w"],

  forward({ heap, totals }, { w, loss, count, l1, l2 }) {
    let absolute = 0;
    let square = 0;
    for (let i = 0; i < count; i++) {
      absolute += Math.abs(heap[w + i]);
      square += heap[w + i] * heap[w + i];
    }
    totals[loss] += l1 * absolute + l2 * square;
  },

  backward({ heap }, { w, dw, addDw, count, l1, l2 }) {
    for (let i = 0; i < count; i++) {
      const slope = l1 * Math.sign(heap[w + i]) + 2 * l2 * heap[w + i];
      heap[dw + i] = (addDw ? heap[dw + i] : 0) + slope;
    }
  },
});

const example = (count: number): Example => ({
  shapes: { w: [count] },
  sizes: { loss: 1 },
  counts: { count },
  numbers: { l1: 0.01, l2: 0.02 },
});

export const examples: Examples = { op: penalty, tolerance: 1e-6, sizes: example, bench: example(784 * 128) };
