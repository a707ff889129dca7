import { defineOp, type Example, type Examples } from "./op";
import { ANY } from "./range";
import { storeSums } from "./sums";

/**
 * Rectified linear unit with slopes that are learned (He et al. 2015).
 *
 *     y = x > 0 ? x : alpha·x        dx = x > 0 ? dy : alpha·dy        dalpha = Σ (x > 0 ? 0 : x·dy)
 *
 *     x, y [rows, shared, columns]   alpha [rows of one sample, columns]: rows repeat, `shared` numbers have one slope
 *
 * `rows` is samples times `alphaRows`.
 */
export const prelu = defineOp({
  name: "prelu",
  inputs: ["x", "alpha"],
  outputs: ["y"],
  range: ([x]) => (x[0] < 0 ? ANY : x),
  counts: ["samples", "alphaRows", "shared", "columns"],
  saves: ["x", "alpha"],

  forward({ heap }, { x, alpha, y, ...sizes }) {
    forEachElement(sizes, (i, slope) => {
      heap[y + i] = heap[x + i] > 0 ? heap[x + i] : heap[alpha + slope] * heap[x + i];
    });
  },

  backward({ heap }, { x, dx, addDx, alpha, dalpha, addDalpha, dy, ...sizes }) {
    if (dx) {
      forEachElement(sizes, (i, slope) => {
        const factor = heap[x + i] > 0 ? 1 : heap[alpha + slope];
        heap[dx + i] = (addDx ? heap[dx + i] : 0) + factor * heap[dy + i];
      });
    }
    storeSums(heap, dalpha, addDalpha, sizes.alphaRows * sizes.columns, (sums) => {
      forEachElement(sizes, (i, slope) => {
        if (!(heap[x + i] > 0)) sums[slope] += heap[x + i] * heap[dy + i];
      });
    });
  },
});

type Sizes = Readonly<Record<"samples" | "alphaRows" | "shared" | "columns", number>>;

/** Every index into x, in order, with the one into alpha that belongs to it. */
function forEachElement(sizes: Sizes, visit: (index: number, slope: number) => void): void {
  const { samples, alphaRows, shared, columns } = sizes;
  let index = 0;
  for (let sample = 0; sample < samples; sample++) {
    for (let row = 0; row < alphaRows; row++) {
      for (let position = 0; position < shared; position++) {
        for (let column = 0; column < columns; column++) visit(index++, row * columns + column);
      }
    }
  }
}

function example(samples: number, alphaRows: number, shared: number, columns: number): Example {
  const x = [samples, alphaRows, shared, columns];
  return {
    shapes: { x, y: x, alpha: [alphaRows, columns] },
    counts: { samples, alphaRows, shared, columns },
    // Away from the bend, where the derivative has two values.
    fill: { x: (uniform, i) => (i % 2 ? 0.1 + uniform : -0.1 - uniform) },
  };
}

export const examples: Examples = {
  op: prelu,
  tolerance: 2e-6,
  // The slope of a column that is positive throughout has no effect.
  hidesNaN: true,
  sizes: (n) => [example(3, 1, 1, n), example(3, 2, 3, n), example(n, 1, 4, 1), example(2, n, 3, 2)],
  bench: example(32, 1, 28 * 28, 32),
};
