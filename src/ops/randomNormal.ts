import { normalQuantile } from "../numeric/normalQuantile";
import { deriveKey, randomBits } from "../numeric/random";
import { defineOp, type Examples } from "./op";
import { ANY } from "./range";

/**
 * Normal random numbers.
 *
 *     y_i = mean + stddev·z_i        z_i of (seed, stream, step, i), as in `gaussianNoise`        y [count]
 */
export const randomNormal = defineOp({
  name: "randomNormal",
  outputs: ["y"],
  range: ANY,
  counts: ["count", "seed", "stream"],
  numbers: ["mean", "stddev"],

  forward({ heap }, { y, count, seed, stream, mean, stddev }, step) {
    const key = deriveKey(seed, stream, step.index);
    for (let i = 0; i < count; i++) {
      heap[y + i] = mean + stddev * normalQuantile(((randomBits(key, i) >>> 8) + 0.5) / 16777216);
    }
  },
});

const example = (count: number) => ({
  shapes: { y: [count] },
  counts: { count, seed: -7, stream: 3 },
  numbers: { mean: 0.4, stddev: 0.5 },
  step: { index: 11 },
});

export const examples: Examples = {
  op: randomNormal,
  tolerance: 2e-6,
  touchesPadding: true,
  sizes: (n) => [example(n), example(101 * n)],
  bench: example(128 * 512),
};
