import { defineOp, type Example, type Examples, type Memory } from "../op";
import { between, EPSILON } from "./pairwise";

interface Fields {
  readonly x: number;
  readonly target: number;
  readonly columns: number;
}

/** min(1 / √square, 1/ε), NaN for NaN. */
function inverseNorm(square: number): number {
  return Math.min(1 / Math.sqrt(square), 1 / EPSILON);
}

/** a, b and the similarity of row i. */
function similarityOf(heap: Memory["heap"], { x, target, columns }: Fields, i: number) {
  let product = 0;
  let squareX = 0;
  let squareTarget = 0;
  for (let k = i * columns; k < (i + 1) * columns; k++) {
    product += heap[x + k] * heap[target + k];
    squareX += heap[x + k] * heap[x + k];
    squareTarget += heap[target + k] * heap[target + k];
  }
  const a = inverseNorm(squareX);
  const b = inverseNorm(squareTarget);
  return { a, b, similarity: a * b * product };
}

/**
 * Cosine of the angle between prediction and target, negated: −1 is best, 1 is worst, 0 when either is zero.
 *
 *     a_i = min(1/‖x_i‖, 1/ε)        b_i = min(1/‖target_i‖, 1/ε)        s_i = a_i·b_i·Σ_j x_ij·target_ij
 *     y_i = −s_i        dx_ij = −dy_i · a_i·(b_i·target_ij − s_i·a_i·x_ij), without the second term where ‖x_i‖ ≤ ε
 */
export const cosineSimilarity = defineOp({
  name: "cosineSimilarity",
  inputs: ["x"],
  outputs: ["y"],
  tensors: ["target"],
  counts: ["rows", "columns"],
  saves: ["x"],
  flops: ({ rows, columns }) => 6 * rows * columns,

  forward({ heap }, row) {
    for (let i = 0; i < row.rows; i++) heap[row.y + i] = -similarityOf(heap, row, i).similarity;
  },

  backward({ heap }, row) {
    const { x, dx, addDx, dy, target, rows, columns } = row;
    for (let i = 0; i < rows; i++) {
      const { a, b, similarity } = similarityOf(heap, row, i);
      const shrink = a === 1 / EPSILON ? 0 : similarity * a;
      for (let k = i * columns; k < (i + 1) * columns; k++) {
        const slope = -a * (b * heap[target + k] - shrink * heap[x + k]);
        heap[dx + k] = (addDx ? heap[dx + k] : 0) + heap[dy + i] * slope;
      }
    }
  },
});

/** At least two columns: with one, every gradient is 0, and rounding has nothing to be compared with. */
function example(rows: number, columns: number): Example {
  return {
    shapes: { x: [rows, columns], target: [rows, columns], y: [rows] },
    counts: { rows, columns },
    fill: { x: between(-1, 1), target: between(0.2, 1) },
  };
}

export const examples: Examples = {
  op: cosineSimilarity,
  tolerance: 4e-7,
  sizes: (n) => [example(n, 2), example(3, n + 1), example(n, 10), example(1, n + 1)],
  bench: example(128, 10),
};
