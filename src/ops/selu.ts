import { expm1 } from "../numeric/elementary";
import { elementwiseExamples } from "./elementwise";
import { defineOp } from "./op";
import { ANY } from "./range";

const scale = 1.0507009873554805;
const scaledAlpha = scale * 1.6732632423543772;

/**
 * Scaled exponential linear unit, whose constants keep mean 0 and variance 1 from layer to layer (Klambauer et al. 2017).
 *
 *     y = scale · (x > 0 ? x : alpha·(eˣ − 1))        dx = dy · (y > 0 ? scale : y + scale·alpha)
 */
export const selu = defineOp({
  name: "selu",
  inputs: ["x"],
  outputs: ["y"],
  range: ANY,
  counts: ["count"],
  saves: ["y"],
  inPlace: true,

  forward({ heap }, { x, y, count }) {
    for (let i = 0; i < count; i++) {
      heap[y + i] = heap[x + i] > 0 ? scale * heap[x + i] : scaledAlpha * expm1(heap[x + i]);
    }
  },

  backward({ heap }, { dx, addDx, y, dy, count }) {
    for (let i = 0; i < count; i++) {
      const slope = heap[y + i] > 0 ? scale : heap[y + i] + scaledAlpha;
      heap[dx + i] = (addDx ? heap[dx + i] : 0) + slope * heap[dy + i];
    }
  },
});

export const examples = elementwiseExamples(selu, 4e-7, { from: -8, to: 8 });
