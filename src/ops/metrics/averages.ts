import { defineOp, type Example, type Examples } from "../op";

/**
 * The sum of numbers, and how many they are, for a metric that is their mean.
 *
 *     sums[0] += Σ x_i        sums[1] += count
 */
export const averages = defineOp({
  name: "averages",
  tensors: ["x"],
  totals: ["sums"],
  counts: ["count"],

  forward({ heap, totals }, { x, sums, count }) {
    for (let i = 0; i < count; i++) totals[sums] += heap[x + i];
    totals[sums + 1] += count;
  },
});

function example(count: number): Example {
  return {
    shapes: { x: [count] },
    sizes: { sums: 2 },
    counts: { count },
    fill: { x: (uniform) => 2 * uniform - 0.5, sums: () => 0.25 },
  };
}

export const examples: Examples = {
  op: averages,
  tolerance: 1e-13,
  sizes: (n) => [example(n), example(61 * n)],
  bench: example(128 * 512),
};
