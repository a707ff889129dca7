import { normalQuantile } from "../numeric/normalQuantile";
import { deriveKey, randomBits } from "../numeric/random";
import { defineOp, type Example, type Examples } from "./op";
import { keepsRange } from "./range";

/**
 * Adds a normal random number to every element.
 *
 *     y_i = x_i + stddev·z_i        z_i = √2·erf⁻¹(t)        dx = dy
 *
 * t = (2k + 1 − 2²⁴)/2²⁴, k the upper 24 of the random bits of (seed, stream, step, i): symmetric about 0, never ±1, and
 * exact in float32.
 */
export const gaussianNoise = defineOp({
  name: "gaussianNoise",
  inputs: ["x"],
  outputs: ["y"],
  range: keepsRange,
  counts: ["count", "seed", "stream"],
  numbers: ["stddev"],
  inPlace: true,

  forward({ heap }, { x, y, count, seed, stream, stddev }, step) {
    const key = deriveKey(seed, stream, step.index);
    for (let i = 0; i < count; i++) {
      const z = normalQuantile(((randomBits(key, i) >>> 8) + 0.5) / 16777216);
      heap[y + i] = heap[x + i] + stddev * z;
    }
  },

  backward({ heap }, { dx, addDx, dy, count }) {
    for (let i = 0; i < count; i++) heap[dx + i] = (addDx ? heap[dx + i] : 0) + heap[dy + i];
  },
});

function example(count: number): Example {
  return {
    shapes: { x: [count], y: [count] },
    counts: { count, seed: -7, stream: 3 },
    numbers: { stddev: 0.5 },
    step: { index: 11 },
  };
}

export const examples: Examples = {
  op: gaussianNoise,
  tolerance: 2e-6,
  sizes: (n) => [example(n), example(101 * n)],
  bench: example(128 * 512),
};
