import { channelWorkspaceElements } from "./batchNormalization";
import { defineOp, type Example, type Examples } from "./op";
import { ANY } from "./range";

/**
 * Batch normalisation where it does not train: with moments that were found before.
 *
 *     y = (x − mean)·scale + beta        scale = gamma/√(variance + epsilon)        dx = scale·dy
 *
 *     x, y [rows, channels]   gamma, beta, mean, variance [channels]
 *
 * `gamma` and `beta` may be absent, and have no gradient: they are trained with the moments of the batch only.
 */
export const normalizeByMoments = defineOp({
  name: "normalizeByMoments",
  inputs: ["x"],
  outputs: ["y"],
  range: ANY,
  tensors: ["gamma", "beta", "mean", "variance", "workspace"],
  counts: ["rows", "channels"],
  numbers: ["epsilon"],
  workspace: ({ channels }) => channelWorkspaceElements(channels),
  flops: ({ rows, channels }) => 3 * rows * channels,

  forward({ heap }, { x, y, gamma, beta, mean, variance, rows, channels, epsilon }) {
    for (let j = 0; j < channels; j++) {
      const scale = (gamma ? heap[gamma + j] : 1) / Math.sqrt(heap[variance + j] + epsilon);
      for (let k = j; k < rows * channels; k += channels) {
        heap[y + k] = (heap[x + k] - heap[mean + j]) * scale + (beta ? heap[beta + j] : 0);
      }
    }
  },

  backward({ heap }, { dx, addDx, dy, gamma, variance, rows, channels, epsilon }) {
    for (let j = 0; j < channels; j++) {
      const scale = (gamma ? heap[gamma + j] : 1) / Math.sqrt(heap[variance + j] + epsilon);
      for (let k = j; k < rows * channels; k += channels) {
        heap[dx + k] = (addDx ? heap[dx + k] : 0) + scale * heap[dy + k];
      }
    }
  },
});

function example(rows: number, channels: number, scales = true): Example {
  const shapes = { x: [rows, channels], y: [rows, channels], mean: [channels], variance: [channels] };
  return {
    shapes: scales ? { ...shapes, gamma: [channels], beta: [channels] } : shapes,
    counts: { rows, channels },
    numbers: { epsilon: 1e-3 },
    fill: { variance: (uniform) => 0.25 + uniform },
  };
}

export const examples: Examples = {
  op: normalizeByMoments,
  tolerance: 1e-6,
  sizes: (n) => [example(5, n), example(n, 7), example(3, 4 * n, false)],
  bench: example(128 * 144, 32),
};
