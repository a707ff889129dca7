import { deriveKey, uniform } from "../numeric/random";
import { defineOp, type Examples } from "./op";
import { UNIT } from "./range";

/**
 * 1 with the probability `rate`, else 0.
 *
 *     y_i = u_i < rate ? 1 : 0        u_i of (seed, stream, step, i)        0 ≤ rate ≤ 1        y [count]
 */
export const randomBernoulli = defineOp({
  name: "randomBernoulli",
  outputs: ["y"],
  range: UNIT,
  counts: ["count", "seed", "stream"],
  numbers: ["rate"],

  forward({ heap }, { y, count, seed, stream, rate }, step) {
    const key = deriveKey(seed, stream, step.index);
    for (let i = 0; i < count; i++) heap[y + i] = uniform(key, i) < rate ? 1 : 0;
  },
});

const example = (count: number) => ({
  shapes: { y: [count] },
  counts: { count, seed: -7, stream: 3 },
  numbers: { rate: 0.3 },
  step: { index: 11 },
});

export const examples: Examples = {
  op: randomBernoulli,
  tolerance: 0,
  touchesPadding: true,
  sizes: (n) => [example(n), example(101 * n)],
  bench: example(128 * 512),
};
