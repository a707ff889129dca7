import { axisExamples } from "./axis";
import { placeExtremes } from "./extreme";
import { defineOp } from "./op";

/**
 * Where along an axis the largest number stands: the first of equals, and the first NaN where there is one.
 *
 *     places[o, i] = arg max_l x[o, l, i]
 *     x [outer, length, inner]   places, int32 [outer, inner]
 */
export const argMaxAxis = defineOp({
  name: "argMaxAxis",
  tensors: ["x"],
  integers: ["places"],
  results: ["places"],
  counts: ["outer", "length", "inner"],
  flops: ({ outer, length, inner }) => outer * length * inner,

  forward(memory, row) {
    placeExtremes(memory, row, (a, b) => a > b);
  },
});

// Few values, so that many are equal.
export const examples = axisExamples(argMaxAxis, {
  tolerance: 0,
  places: "places",
  fill: (uniform) => Math.floor(8 * uniform) / 4 - 1,
});
