import { axisExamples, forEachLine } from "./axis";
import { defineOp } from "./op";
import { ANY, type Range } from "./range";

/**
 * Products along an axis, taken in float64.
 *
 *     y[o, i] = Π_l x[o, l, i]        dx[o, l, i] = dy[o, i]·Π_{k≠l} x[o, k, i]
 *     x [outer, length, inner]   y [outer, inner]
 *
 * The product of the others is that of those before and of those behind: nothing is divided, so that zeros are right.
 */
export const prodAxis = defineOp({
  name: "prodAxis",
  inputs: ["x"],
  outputs: ["y"],
  range: multiplies,
  tensors: ["workspace"],
  counts: ["outer", "length", "inner"],
  saves: ["x"],
  // Of four lines, the float64 products of those behind.
  workspace: ({ length }) => 8 * length,
  flops: ({ outer, length, inner }) => outer * length * inner,

  forward({ heap }, { x, y, outer, length, inner }) {
    forEachLine(outer, length, inner, (first, result) => {
      let product = 1;
      for (let l = 0; l < length; l++) product *= heap[x + first + l * inner];
      heap[y + result] = product;
    });
  },

  backward({ heap }, { x, dx, addDx, dy, outer, length, inner }) {
    const behind = new Float64Array(length);
    forEachLine(outer, length, inner, (first, result) => {
      let product = 1;
      for (let l = length - 1; l >= 0; l--) {
        behind[l] = product;
        product *= heap[x + first + l * inner];
      }
      let before = 1;
      for (let l = 0, at = first; l < length; l++, at += inner) {
        heap[dx + at] = (addDx ? heap[dx + at] : 0) + before * behind[l] * heap[dy + result];
        before *= heap[x + at];
      }
    });
  },
});

/** Products of probabilities are some, those of numbers from −1 to 1 stay there. */
function multiplies([[low, high]]: readonly Range[]): Range {
  if (low >= 0) return [0, high <= 1 ? 1 : Number.POSITIVE_INFINITY];
  return low >= -1 && high <= 1 ? [-1, 1] : ANY;
}

export const examples = axisExamples(prodAxis, {
  tolerance: 2e-7,
  // Near ±1, and every 41st number 0: lines with none, one and two.
  fill: (uniform, index) => (index % 41 === 5 ? 0 : (uniform < 0.5 ? -1 : 1) * (0.8 + 0.5 * uniform)),
});
