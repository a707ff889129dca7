import { defineOp, type Example, type Examples } from "./op";
import { ANY } from "./range";

/**
 * Brings every channel to mean 0 and variance 1 over the rows of a batch (Ioffe & Szegedy 2015).
 *
 *     x̂ = (x − mean)·r        r = 1/√(variance + epsilon)
 *     y = x̂·gamma + beta
 *     dx = gamma·r·(dy − mean(dy) − x̂·mean(dy·x̂))        dgamma = Σ_rows dy·x̂        dbeta = Σ_rows dy
 *
 *     x, y [rows, channels]   gamma, beta, mean, variance [channels]
 *
 * `mean` and `variance` (the biased one, Σ(x − mean)²/rows) are left for backward and for the moving averages. `gamma` and
 * `beta` may be absent. Sums are of differences from the mean, so data with a large offset lose nothing.
 */
export const batchNormalization = defineOp({
  name: "batchNormalization",
  inputs: ["x", "gamma", "beta"],
  outputs: ["y"],
  range: ANY,
  tensors: ["mean", "variance", "workspace"],
  counts: ["rows", "channels"],
  numbers: ["epsilon"],
  saves: ["x", "gamma"],
  workspace: ({ channels }) => channelWorkspaceElements(channels),
  flops: ({ rows, channels }) => 8 * rows * channels,

  forward({ heap }, { x, gamma, beta, y, mean, variance, rows, channels, epsilon }) {
    for (let j = 0; j < channels; j++) {
      let sum = 0;
      for (let k = x + j; k < x + rows * channels; k += channels) sum += heap[k];
      const m = sum / rows;
      let squares = 0;
      for (let k = x + j; k < x + rows * channels; k += channels) squares += (heap[k] - m) * (heap[k] - m);
      heap[mean + j] = m;
      heap[variance + j] = squares / rows;
      const scale = (gamma ? heap[gamma + j] : 1) / Math.sqrt(squares / rows + epsilon);
      for (let k = j; k < rows * channels; k += channels) {
        heap[y + k] = (heap[x + k] - m) * scale + (beta ? heap[beta + j] : 0);
      }
    }
  },

  backward(
    { heap },
    { x, dx, addDx, gamma, dgamma, addDgamma, dbeta, addDbeta, dy, mean, variance, rows, channels, epsilon },
  ) {
    for (let j = 0; j < channels; j++) {
      const r = 1 / Math.sqrt(heap[variance + j] + epsilon);
      let sum = 0;
      let products = 0;
      for (let k = j; k < rows * channels; k += channels) {
        sum += heap[dy + k];
        products += heap[dy + k] * (heap[x + k] - heap[mean + j]) * r;
      }
      if (dgamma) heap[dgamma + j] = (addDgamma ? heap[dgamma + j] : 0) + products;
      if (dbeta) heap[dbeta + j] = (addDbeta ? heap[dbeta + j] : 0) + sum;
      if (!dx) continue;
      const scale = (gamma ? heap[gamma + j] : 1) * r;
      for (let k = j; k < rows * channels; k += channels) {
        const normal = (heap[x + k] - heap[mean + j]) * r;
        const gradient = scale * (heap[dy + k] - sum / rows - normal * (products / rows));
        heap[dx + k] = (addDx ? heap[dx + k] : 0) + gradient;
      }
    }
  },
});

/** float32 elements in which all threads leave three numbers a channel for each other: vectors rounded up to 64 bytes. */
export function channelWorkspaceElements(channels: number): number {
  return 3 * 16 * Math.ceil(channels / 16);
}

function example(rows: number, channels: number, { scales = true, offset = 0 } = {}): Example {
  const shapes = { x: [rows, channels], y: [rows, channels], mean: [channels], variance: [channels] };
  return {
    shapes: scales ? { ...shapes, gamma: [channels], beta: [channels] } : shapes,
    counts: { rows, channels },
    numbers: { epsilon: 1e-3 },
    fill: { x: (uniform, i) => offset + 2 * uniform - 1 + (i % 3), gamma: (uniform) => 0.5 + uniform },
  };
}

export const examples: Examples = {
  op: batchNormalization,
  tolerance: 4e-6,
  gradientTolerance: 1e-5,
  sizes: (n) => [
    example(5, n),
    example(n + 1, 7),
    example(7, 4 * n),
    example(n + 2, 3, { scales: false }),
    example(13, n, { offset: 100 }),
  ],
  bench: example(128 * 144, 32),
};
