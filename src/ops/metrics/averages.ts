import { defineOp, type Example, type Examples } from "../op";
import { rowWeights } from "./metricExamples";

/**
 * The sum of numbers, and how many they are, for a metric that is their mean.
 *
 *     sums[0] += Σ w_i·x_i        sums[1] += Σ w_i        w_i = weight_⌊i / countPerWeight⌋, 1 without weights
 *
 * A number of weight 0 is not looked at.
 */
export const averages = defineOp({
  name: "averages",
  tensors: ["x", "weight"],
  totals: ["sums"],
  counts: ["count", "countPerWeight"],

  forward({ heap, totals }, { x, weight, sums, count, countPerWeight }) {
    for (let i = 0; i < count; i++) {
      const w = weight ? heap[weight + Math.floor(i / countPerWeight)] : 1;
      if (w === 0) continue;
      totals[sums] += w * heap[x + i];
      totals[sums + 1] += w;
    }
  },
});

function example(count: number, countPerWeight = 0): Example {
  return {
    shapes: { x: [count], ...(countPerWeight && { weight: [count / countPerWeight] }) },
    sizes: { sums: 2 },
    counts: { count, countPerWeight: countPerWeight || 1 },
    fill: { x: (uniform) => 2 * uniform - 0.5, weight: rowWeights, sums: () => 0.25 },
  };
}

export const examples: Examples = {
  op: averages,
  tolerance: 1e-13,
  sizes: (n) => [example(n), example(61 * n), example(n, 1), example(3 * n, 3)],
  bench: example(128 * 512),
};
