import { deriveKey, uniform } from "../numeric/random";
import { defineOp, type Examples } from "./op";
import type { Range } from "./range";

/**
 * Uniform random numbers from `low` to `high`, which only rounding reaches.
 *
 *     y_i = low + (high − low)·u_i        u_i of (seed, stream, step, i)        y [count]
 */
export const randomUniform = defineOp({
  name: "randomUniform",
  outputs: ["y"],
  range: (_, { low, high }): Range => [low, high],
  counts: ["count", "seed", "stream"],
  numbers: ["low", "high"],

  forward({ heap }, { y, count, seed, stream, low, high }, step) {
    const key = deriveKey(seed, stream, step.index);
    for (let i = 0; i < count; i++) heap[y + i] = low + (high - low) * uniform(key, i);
  },
});

const example = (count: number) => ({
  shapes: { y: [count] },
  counts: { count, seed: -7, stream: 3 },
  numbers: { low: -0.3, high: 1.7 },
  step: { index: 11 },
});

export const examples: Examples = {
  op: randomUniform,
  tolerance: 2e-7,
  touchesPadding: true,
  sizes: (n) => [example(n), example(101 * n)],
  bench: example(128 * 512),
};
