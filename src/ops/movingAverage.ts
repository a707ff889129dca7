import { defineOp, type Example, type Examples } from "./op";

/**
 * An average over the steps that forgets the distant ones: runs with the updates, when the step has turned out well.
 *
 *     moving = momentum·moving + (1 − momentum)·value
 */
export const movingAverage = defineOp({
  name: "movingAverage",
  tensors: ["moving", "value"],
  counts: ["count"],
  numbers: ["momentum"],

  forward({ heap }, { moving, value, count, momentum }) {
    for (let i = 0; i < count; i++) {
      heap[moving + i] = momentum * heap[moving + i] + (1 - momentum) * heap[value + i];
    }
  },
});

function example(count: number): Example {
  return { shapes: { moving: [count], value: [count] }, counts: { count }, numbers: { momentum: 0.9 } };
}

export const examples: Examples = {
  op: movingAverage,
  tolerance: 2e-7,
  sizes: example,
  bench: example(4096),
};
