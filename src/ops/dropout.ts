import { deriveKey, uniform } from "../numeric/random";
import { defineOp, type Example, type Examples } from "./op";
import { keepsRange } from "./range";

/**
 * Sets a random share of the elements to 0 and scales the others so that the mean stays (Srivastava et al. 2014).
 *
 *     y = kept ? x/(1 − rate) : 0        dx = kept ? dy/(1 − rate) : 0        0 ≤ rate < 1
 *
 * Element i is kept when the random number of (seed, stream, step, i) is at least `rate`: nothing is stored, backward
 * draws the same numbers again.
 */
export const dropout = defineOp({
  name: "dropout",
  inputs: ["x"],
  outputs: ["y"],
  range: keepsRange,
  counts: ["count", "seed", "stream"],
  numbers: ["rate"],
  inPlace: true,

  forward({ heap }, { x, y, count, seed, stream, rate }, step) {
    const key = deriveKey(seed, stream, step.index);
    const scale = 1 / (1 - rate);
    for (let i = 0; i < count; i++) heap[y + i] = uniform(key, i) < rate ? 0 : heap[x + i] * scale;
  },

  backward({ heap }, { dx, addDx, dy, count, seed, stream, rate }, step) {
    const key = deriveKey(seed, stream, step.index);
    const scale = 1 / (1 - rate);
    for (let i = 0; i < count; i++) {
      const gradient = uniform(key, i) < rate ? 0 : heap[dy + i] * scale;
      heap[dx + i] = (addDx ? heap[dx + i] : 0) + gradient;
    }
  },
});

const seed = -7;
const stream = 3;
const index = 11;
/** A rate that element 0 of the examples draws exactly: it is kept. */
const boundary = uniform(deriveKey(seed, stream, index), 0);

function example(count: number, rate: number): Example {
  return {
    shapes: { x: [count], y: [count] },
    counts: { count, seed, stream },
    numbers: { rate },
    step: { index },
  };
}

export const examples: Examples = {
  op: dropout,
  tolerance: 2e-7,
  hidesNaN: true,
  sizes: (n) => [example(n, 0), example(n, 0.3), example(n, boundary), example(8 * n, 0.5), example(40 * n, 0.9)],
  bench: example(128 * 512, 0.5),
};
