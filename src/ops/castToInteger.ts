import { defineOp, type Examples } from "./op";

/**
 * Numbers as int32: toward 0, the least or the largest int32 where they are beyond it, the least for NaN. No gradient.
 *
 *     y_i = x_i without what is behind the point        x [count]   y, int32 [count]
 */
export const castToInteger = defineOp({
  name: "castToInteger",
  tensors: ["x"],
  integers: ["y"],
  results: ["y"],
  counts: ["count"],

  forward({ heap, integers }, { x, y, count }) {
    for (let i = 0; i < count; i++) {
      const value = heap[x + i];
      integers[y + i] = Number.isNaN(value)
        ? -(2 ** 31)
        : Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, Math.trunc(value)));
    }
  },
});

const special = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 2 ** 31, -(2 ** 31), -0.9, 0.9, -0];

const example = (count: number) => ({
  shapes: { x: [count] },
  sizes: { y: count },
  counts: { count },
  fill: { x: (uniform: number, index: number) => special[index - 2] ?? 1000 * (uniform - 0.5) },
});

export const examples: Examples = {
  op: castToInteger,
  tolerance: 0,
  sizes: (n) => [example(n), example(101 * n)],
  bench: example(128 * 512),
};
