import { defineOp, type Example, type Examples } from "../op";
import { labels, rowWeights, signs } from "./metricExamples";
import { isItem, rankedItems, relevanceAt } from "./ranking";

/**
 * The share of the relevant items of a row that are among its first ones, and how many rows have relevant items.
 *
 *     sums[0] += Σ_rows w·#{j < kept : target at places_j > 0} / #{j : target_j > 0}        sums[1] += Σ_rows w
 *
 * over rows with a relevant item. The weight w of row i is weight_⌊i / rowsPerWeight⌋, 1 without weights.
 * scores, places (int32) [rows, kept], the highest scores of each row in order and the items they belong to: sortRows makes
 * them. target [rows] numbers of items when `sparse`, otherwise relevances [rows, columns]. An item with a score of NaN is
 * never among the first.
 */
export const recallAtK = defineOp({
  name: "recallAtK",
  tensors: ["scores", "target", "weight"],
  totals: ["sums"],
  integers: ["places"],
  counts: ["rows", "columns", "kept", "sparse", "rowsPerWeight"],

  forward({ heap, totals, integers }, row) {
    const { scores, places, target, weight, sums, rows, columns, kept, sparse, rowsPerWeight } = row;
    for (let i = 0; i < rows; i++) {
      const w = weight ? heap[weight + Math.floor(i / rowsPerWeight)] : 1;
      let relevant = sparse ? Number(isItem(heap[target + i], columns)) : 0;
      for (let j = 0; j < columns && !sparse; j++) if (heap[target + i * columns + j] > 0) relevant++;
      if (w === 0 || relevant === 0) continue;
      let hits = 0;
      for (let k = i * kept; k < (i + 1) * kept; k++) {
        if (!Number.isNaN(heap[scores + k]) && relevanceAt(heap, row, i, integers[places + k]) > 0) hits++;
      }
      totals[sums] += (w * hits) / relevant;
      totals[sums + 1] += w;
    }
  },
});

function example(rows: number, columns: number, kept: number, sparse: number, rowsPerWeight = 0): Example {
  return {
    shapes: {
      scores: [rows, kept],
      target: sparse ? [rows] : [rows, columns],
      ...(rowsPerWeight && { weight: [rows / rowsPerWeight] }),
    },
    sizes: { sums: 2, places: rows * kept },
    counts: { rows, columns, kept, sparse, rowsPerWeight: rowsPerWeight || 1 },
    fill: {
      target: sparse ? labels(columns) : signs(),
      weight: rowWeights,
      places: rankedItems(columns, kept),
      sums: () => 0.25,
    },
  };
}

export const examples: Examples = {
  op: recallAtK,
  tolerance: 1e-13,
  // That of an item which is never among the first then.
  hidesNaN: true,
  sizes: (n) => [
    example(n, 7, 3, 1),
    example(3, n, n, 0),
    example(n, 9, 4, 0, 1),
    example(2 * n, 5, 2, 1, 2),
    example(2, 4 * n, 2, 0),
  ],
  bench: example(128, 1000, 10, 0),
};
