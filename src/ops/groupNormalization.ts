import { defineOp, type Example, type Examples } from "./op";
import { ANY } from "./range";
import { storeSums } from "./sums";

/**
 * Brings the numbers of every sample, or of every group of a sample's channels, to mean 0 and variance 1 (Ba et al. 2016;
 * Wu & He 2018). With `centers` 0 the mean stays and the root mean square becomes 1 (Zhang & Sennrich 2019).
 *
 *     x̂ = (x − m)·r        m = mean(x), or 0      r = 1/√(mean((x − m)²) + epsilon)      over a group
 *     y = x̂·gamma + beta
 *     dx = r·(g − mean(g) − x̂·mean(g·x̂))        g = dy·gamma; mean(g) only where m is taken away
 *     dgamma = Σ dy·x̂        dbeta = Σ dy        over samples and positions
 *
 *     x, y [samples, positions, channels]   gamma, beta [channels]   moments [2, samples·groups]: all m, then all r
 *
 * A group is `channels/groups` neighbouring channels at all positions of a sample. `gamma` and `beta` may be absent. The
 * sums are of differences from the mean, so data with a large offset lose nothing.
 */
export const groupNormalization = defineOp({
  name: "groupNormalization",
  inputs: ["x", "gamma", "beta"],
  outputs: ["y"],
  range: ANY,
  tensors: ["moments"],
  counts: ["samples", "positions", "channels", "groups", "centers"],
  numbers: ["epsilon"],
  saves: ["x", "gamma"],
  flops: ({ samples, positions, channels }) => 8 * samples * positions * channels,

  forward({ heap }, { x, gamma, beta, y, moments, samples, positions, channels, groups, centers, epsilon }) {
    const width = channels / groups;
    for (let i = 0; i < samples * groups; i++) {
      const first = Math.floor(i / groups) * positions * channels + (i % groups) * width;
      const end = first + positions * channels;
      let sum = 0;
      for (let k = first; k < end; k += channels) for (let j = k; j < k + width; j++) sum += heap[x + j];
      const m = centers ? sum / (positions * width) : 0;
      let squares = 0;
      for (let k = first; k < end; k += channels) {
        for (let j = k; j < k + width; j++) squares += (heap[x + j] - m) * (heap[x + j] - m);
      }
      const r = 1 / Math.sqrt(squares / (positions * width) + epsilon);
      for (let k = first; k < end; k += channels) {
        for (let j = k; j < k + width; j++) {
          const scaled = (heap[x + j] - m) * r * (gamma ? heap[gamma + (j % channels)] : 1);
          heap[y + j] = scaled + (beta ? heap[beta + (j % channels)] : 0);
        }
      }
      heap[moments + i] = m;
      heap[moments + samples * groups + i] = r;
    }
  },

  backward(
    { heap },
    {
      x,
      dx,
      addDx,
      gamma,
      dgamma,
      addDgamma,
      dbeta,
      addDbeta,
      dy,
      moments,
      samples,
      positions,
      channels,
      groups,
      centers,
    },
  ) {
    const width = channels / groups;
    const ofGamma = new Float64Array(channels);
    const ofBeta = new Float64Array(channels);
    for (let i = 0; i < samples * groups; i++) {
      const first = Math.floor(i / groups) * positions * channels + (i % groups) * width;
      const end = first + positions * channels;
      const m = heap[moments + i];
      const r = heap[moments + samples * groups + i];
      let sum = 0;
      let products = 0;
      for (let k = first; k < end; k += channels) {
        for (let j = k; j < k + width; j++) {
          const normal = (heap[x + j] - m) * r;
          const g = heap[dy + j] * (gamma ? heap[gamma + (j % channels)] : 1);
          sum += g;
          products += g * normal;
          ofGamma[j % channels] += heap[dy + j] * normal;
          ofBeta[j % channels] += heap[dy + j];
        }
      }
      if (!dx) continue;
      const mean = centers ? sum / (positions * width) : 0;
      const meanProduct = products / (positions * width);
      for (let k = first; k < end; k += channels) {
        for (let j = k; j < k + width; j++) {
          const normal = (heap[x + j] - m) * r;
          const g = heap[dy + j] * (gamma ? heap[gamma + (j % channels)] : 1);
          heap[dx + j] = (addDx ? heap[dx + j] : 0) + r * (g - mean - normal * meanProduct);
        }
      }
    }
    const addTo = (of: Float64Array) => (sums: Float64Array) => {
      for (let j = 0; j < channels; j++) sums[j] += of[j];
    };
    storeSums(heap, dgamma, addDgamma, channels, addTo(ofGamma));
    storeSums(heap, dbeta, addDbeta, channels, addTo(ofBeta));
  },
});

interface Options {
  centers?: number;
  /** Whether there are gamma and beta. */
  scales?: boolean;
  /** Mean of the data. */
  offset?: number;
}

function example(
  samples: number,
  positions: number,
  channels: number,
  groups: number,
  { centers = 1, scales = true, offset = 0 }: Options = {},
): Example {
  const x = [samples, positions, channels];
  const shapes = { x, y: x, moments: [2, samples * groups] };
  return {
    shapes: scales ? { ...shapes, gamma: [channels], beta: [channels] } : shapes,
    counts: { samples, positions, channels, groups, centers },
    numbers: { epsilon: 1e-3 },
    fill: { x: (uniform, i) => offset + 2 * uniform - 1 + (i % 3), gamma: (uniform) => 0.5 + uniform },
  };
}

export const examples: Examples = {
  op: groupNormalization,
  tolerance: 4e-6,
  gradientTolerance: 1e-5,
  sizes: (n) => [
    example(3, 1, n + 4, 1),
    example(n, 1, 5, 1, { scales: false }),
    example(2, n, 6, 2),
    example(2, 3, 5 * n, 5),
    example(n, 2, 7, 1, { centers: 0 }),
    example(3, 5, n + 2, 1, { offset: 100 }),
  ],
  bench: example(128, 1, 512, 1),
};
