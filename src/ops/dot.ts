import { defineOp, type Example, type Examples } from "./op";
import { ANY } from "./range";
import { storeSums } from "./sums";

/**
 * Products of the rows of two matrices, for every sample its own.
 *
 *     y_ij = Σ_k a_ik·b_jk        a [batch, rowsOfA, depth]   b [batch, rowsOfB, depth]   y [batch, rowsOfA, rowsOfB]
 *     da_ik = Σ_j dy_ij·b_jk      db_jk = Σ_i dy_ij·a_ik
 */
export const dot = defineOp({
  name: "dot",
  inputs: ["a", "b"],
  outputs: ["y"],
  // A mean of probabilities, weighted by a softmax, is a sum of products, too: nothing is known of those.
  range: (inputs) => (inputs.every(([low, high]) => low >= 0 && high < Number.POSITIVE_INFINITY) ? undefined : ANY),
  counts: ["batch", "rowsOfA", "rowsOfB", "depth"],
  saves: ["a", "b"],
  flops: ({ batch, rowsOfA, rowsOfB, depth }) => 2 * batch * rowsOfA * rowsOfB * depth,

  forward({ heap }, { a, b, y, batch, rowsOfA, rowsOfB, depth }) {
    for (let s = 0; s < batch; s++) {
      for (let i = 0; i < rowsOfA; i++) {
        for (let j = 0; j < rowsOfB; j++) {
          let sum = 0;
          for (let k = 0; k < depth; k++) {
            sum += heap[a + (s * rowsOfA + i) * depth + k] * heap[b + (s * rowsOfB + j) * depth + k];
          }
          heap[y + (s * rowsOfA + i) * rowsOfB + j] = sum;
        }
      }
    }
  },

  backward({ heap }, { a, da, addDa, b, db, addDb, dy, batch, rowsOfA, rowsOfB, depth }) {
    const forEachProduct = (visit: (upstream: number, inA: number, inB: number) => void) => {
      for (let ij = 0; ij < batch * rowsOfA * rowsOfB; ij++) {
        const row = Math.floor(ij / rowsOfB);
        const inA = row * depth;
        const inB = (Math.floor(row / rowsOfA) * rowsOfB + (ij % rowsOfB)) * depth;
        for (let k = 0; k < depth; k++) visit(heap[dy + ij], inA + k, inB + k);
      }
    };
    storeSums(heap, da, addDa, batch * rowsOfA * depth, (sums) => {
      forEachProduct((upstream, inA, inB) => {
        sums[inA] += upstream * heap[b + inB];
      });
    });
    storeSums(heap, db, addDb, batch * rowsOfB * depth, (sums) => {
      forEachProduct((upstream, inA, inB) => {
        sums[inB] += upstream * heap[a + inA];
      });
    });
  },
});

function example(batch: number, rowsOfA: number, rowsOfB: number, depth: number): Example {
  return {
    shapes: { a: [batch, rowsOfA, depth], b: [batch, rowsOfB, depth], y: [batch, rowsOfA, rowsOfB] },
    counts: { batch, rowsOfA, rowsOfB, depth },
  };
}

export const examples: Examples = {
  op: dot,
  tolerance: 2e-6,
  sizes: (n) => [example(n, 1, 1, 5), example(3, 1, 1, n), example(2, n, 3, 4), example(1, 2, n, 7)],
  bench: example(128, 1, 1, 64),
};
