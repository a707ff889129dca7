import { defineOp, type Examples } from "./op";
import { ANY } from "./range";

/** Whole numbers as float32: y_i = x_i, rounded to even beyond 2²⁴. x, int32 [count]; no gradient. */
export const castToFloat = defineOp({
  name: "castToFloat",
  outputs: ["y"],
  range: ANY,
  integers: ["x"],
  counts: ["count"],

  forward({ heap, integers }, { y, x, count }) {
    for (let i = 0; i < count; i++) heap[y + i] = integers[x + i];
  },
});

const example = (count: number) => ({
  shapes: { y: [count] },
  sizes: { x: count },
  counts: { count },
  // From −2³¹ on, every bit.
  fill: { x: (uniform: number) => Math.floor((uniform - 0.5) * 2 ** 32) },
});

export const examples: Examples = {
  op: castToFloat,
  tolerance: 0,
  sizes: (n) => [example(n), example(101 * n)],
  bench: example(128 * 512),
};
