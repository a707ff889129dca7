import { deriveKey, uniform } from "../numeric/random";
import { defineOp, type Example, type Examples } from "./op";
import { keepsRange } from "./range";

/**
 * Dropout of whole channels: what is dropped of a sample is dropped at all of its positions (Tompson et al. 2015; over the steps of
 * a sequence Gal & Ghahramani 2016).
 *
 *     y = kept ? x/(1 − rate) : 0        dx = kept ? dy/(1 − rate) : 0        x, y [samples, positions, channels]
 *
 * Channel j of sample i is kept when the random number of (seed, stream, step, i·channels + j) is at least `rate`.
 */
export const spatialDropout = defineOp({
  name: "spatialDropout",
  inputs: ["x"],
  outputs: ["y"],
  range: keepsRange,
  counts: ["samples", "positions", "channels", "seed", "stream"],
  numbers: ["rate"],
  inPlace: true,

  forward({ heap }, row, step) {
    const { x, y } = row;
    forEachElement(row, step.index, (i, scale) => {
      heap[y + i] = scale ? heap[x + i] * scale : 0;
    });
  },

  backward({ heap }, row, step) {
    const { dx, addDx, dy } = row;
    forEachElement(row, step.index, (i, scale) => {
      heap[dx + i] = (addDx ? heap[dx + i] : 0) + (scale ? heap[dy + i] * scale : 0);
    });
  },
});

/** Visits all elements with what they are multiplied by: 0 where they are dropped. */
function forEachElement(
  { samples, positions, channels, seed, stream, rate }: Readonly<Record<string, number>>,
  step: number,
  visit: (index: number, scale: number) => void,
): void {
  const key = deriveKey(seed, stream, step);
  for (let i = 0; i < samples; i++) {
    for (let j = 0; j < channels; j++) {
      const scale = uniform(key, i * channels + j) < rate ? 0 : 1 / (1 - rate);
      for (let p = 0; p < positions; p++) visit((i * positions + p) * channels + j, scale);
    }
  }
}

function example(samples: number, positions: number, channels: number, rate: number): Example {
  const shape = [samples, positions, channels];
  return {
    shapes: { x: shape, y: shape },
    counts: { samples, positions, channels, seed: -7, stream: 3 },
    numbers: { rate },
    step: { index: 11 },
  };
}

export const examples: Examples = {
  op: spatialDropout,
  tolerance: 2e-7,
  hidesNaN: true,
  touchesPadding: false,
  sizes: (n) => [example(n, 3, 5, 0.3), example(2, n, 4, 0.5), example(3, 2, n, 0.5), example(1, 1, n, 0)],
  bench: example(32, 32, 128, 0.5),
};
