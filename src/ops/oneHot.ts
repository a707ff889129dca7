import { defineOp, type Example, type Examples } from "./op";
import type { Range } from "./range";

/**
 * Whole numbers as rows with one number in the place they name.
 *
 *     y[k, c] = c = ids[k] ? on : off        ids, int32 [count]   y [count, classes]
 *
 * An id below 0 or beyond the classes makes a row of `off`.
 */
export const oneHot = defineOp({
  name: "oneHot",
  outputs: ["y"],
  range: (_, { on, off }): Range => [Math.min(on, off), Math.max(on, off)],
  integers: ["ids"],
  counts: ["count", "classes"],
  numbers: ["on", "off"],

  forward({ heap, integers }, { y, ids, count, classes, on, off }) {
    heap.fill(off, y, y + count * classes);
    for (let k = 0; k < count; k++) {
      const id = integers[ids + k];
      if (id >= 0 && id < classes) heap[y + k * classes + id] = on;
    }
  },
});

function example(count: number, classes: number, on = 1, off = 0): Example {
  return {
    shapes: { y: [count, classes] },
    sizes: { ids: count },
    counts: { count, classes },
    numbers: { on, off },
    // From −2 to two beyond the classes.
    fill: { ids: (uniform) => Math.floor((classes + 5) * uniform) - 2 },
  };
}

export const examples: Examples = {
  op: oneHot,
  tolerance: 0,
  sizes: (n) => [example(n, 1), example(5, n), example(n, 10), example(n, 3, 0.9, -0.05), example(7, 11 * n)],
  bench: example(4096, 100),
};
