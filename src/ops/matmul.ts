import { matmulWorkspaceElements } from "./gemmWorkspace";
import { defineOp, type Example, type Examples } from "./op";
import { ANY } from "./range";
import { storeSums } from "./sums";

/**
 * Matrix products, one for each entry of a batch.
 *
 *     y = op(a)·op(b)             a [batch, rows, depth]   b [batch, depth, columns]   y [batch, rows, columns]
 *     d op(a) = dy·op(b)ᵀ         d op(b) = op(a)ᵀ·dy
 *
 * op(a) is a, or aᵀ with `transposeA`: a is stored [batch, depth, rows] then, and b with `transposeB` [batch, columns, depth].
 * With `sharedA` there is one matrix a for all entries, [rows, depth] or [depth, rows], and its gradient is the sum over the
 * batch; the same holds for `sharedB`.
 */
export const matmul = defineOp({
  name: "matmul",
  inputs: ["a", "b"],
  outputs: ["y"],
  // A mean of probabilities, weighted by a softmax, is a sum of products, too: nothing is known of those.
  range: (inputs) => (inputs.every(([low, high]) => low >= 0 && high < Number.POSITIVE_INFINITY) ? undefined : ANY),
  tensors: ["workspace"],
  counts: ["batch", "rows", "depth", "columns", "transposeA", "transposeB", "sharedA", "sharedB"],
  saves: ["a", "b"],
  workspace: matmulWorkspaceElements,
  flops: ({ batch, rows, depth, columns }) => 2 * batch * rows * depth * columns,

  forward({ heap }, row) {
    const { a, b, y, batch, rows, depth, columns } = row;
    const { inA, inB, stepA, stepB } = places(row);
    for (let s = 0; s < batch; s++) {
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < columns; j++) {
          const [fromA, fromB] = [a + inA(s, i), b + inB(s, j)];
          let sum = 0;
          for (let p = 0; p < depth; p++) sum += heap[fromA + p * stepA] * heap[fromB + p * stepB];
          heap[y + (s * rows + i) * columns + j] = sum;
        }
      }
    }
  },

  backward({ heap }, row) {
    const { a, da, addDa, b, db, addDb, dy, batch, rows, depth, columns, sharedA, sharedB } = row;
    const { inA, inB, stepA, stepB } = places(row);
    const forEachProduct = (visit: (upstream: number, atA: number, atB: number) => void) => {
      for (let s = 0; s < batch; s++) {
        for (let i = 0; i < rows; i++) {
          for (let j = 0; j < columns; j++) {
            const [fromA, fromB] = [inA(s, i), inB(s, j)];
            const upstream = heap[dy + (s * rows + i) * columns + j];
            for (let p = 0; p < depth; p++) visit(upstream, fromA + p * stepA, fromB + p * stepB);
          }
        }
      }
    };
    storeSums(heap, da, addDa, (sharedA ? 1 : batch) * rows * depth, (sums) => {
      forEachProduct((upstream, atA, atB) => {
        sums[atA] += upstream * heap[b + atB];
      });
    });
    storeSums(heap, db, addDb, (sharedB ? 1 : batch) * depth * columns, (sums) => {
      forEachProduct((upstream, atA, atB) => {
        sums[atB] += upstream * heap[a + atA];
      });
    });
  },
});

type Counts = Readonly<
  Record<"rows" | "depth" | "columns" | "transposeA" | "transposeB" | "sharedA" | "sharedB", number>
>;

/** Where row i of op(a) and column j of op(b) begin in entry s, and how far apart their numbers are. */
function places({ rows, depth, columns, transposeA, transposeB, sharedA, sharedB }: Counts) {
  return {
    inA: (s: number, i: number) => (sharedA ? 0 : s * rows * depth) + (transposeA ? i : i * depth),
    inB: (s: number, j: number) => (sharedB ? 0 : s * depth * columns) + (transposeB ? j * depth : j),
    stepA: transposeA ? rows : 1,
    stepB: transposeB ? 1 : columns,
  };
}

/** A row of these sizes. */
export function matmulExample(
  batch: number,
  rows: number,
  depth: number,
  columns: number,
  { transposeA = 0, transposeB = 0, sharedA = 0, sharedB = 0 } = {},
): Example {
  const matrixA = transposeA ? [depth, rows] : [rows, depth];
  const matrixB = transposeB ? [columns, depth] : [depth, columns];
  return {
    shapes: {
      a: sharedA ? matrixA : [batch, ...matrixA],
      b: sharedB ? matrixB : [batch, ...matrixB],
      y: [batch, rows, columns],
    },
    counts: { batch, rows, depth, columns, transposeA, transposeB, sharedA, sharedB },
  };
}

/** Every way to store and to share the two matrices. */
const ways = Array.from({ length: 16 }, (_, i) => ({
  transposeA: i & 1,
  transposeB: (i >> 1) & 1,
  sharedA: (i >> 2) & 1,
  sharedB: i >> 3,
}));

/** What is packed: products of which threads share panels, narrow ones, and products of which they share entries. */
function largeExamples(way: Partial<Counts>): Example[] {
  return [matmulExample(2, 33, 67, 21, way), matmulExample(2, 37, 130, 7, way), matmulExample(19, 3, 129, 17, way)];
}

export const examples: Examples = {
  op: matmul,
  tolerance: 3e-6,
  gradientTolerance: 1e-5,
  sizes: (n) =>
    ways.flatMap((way) => [
      matmulExample(n, 2, 3, 5, way),
      matmulExample(3, n, 5, 2, way),
      matmulExample(2, 1, n, 7, way),
      matmulExample(2, 6, 4, n, way),
      matmulExample(2, n, 3, 1, way),
      matmulExample(1, n, n, n, way),
      ...(n === 17 && !way.sharedA && !way.sharedB ? largeExamples(way) : []),
    ]),
  bench: matmulExample(2048, 8, 8, 8),
};
