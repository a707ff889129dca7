import { expm1 } from "../../numeric/elementary";
import { powerOfTwo } from "../../numeric/float64";
import { defineOp, type Example, type Examples } from "../op";
import { labels, rowWeights } from "./metricExamples";
import { isItem, rankedItems, relevanceAt } from "./ranking";

/**
 * Normalized discounted cumulative gain of the first items of each row (Järvelin & Kekäläinen 2002, with the gain of Burges et
 * al. 2005), and how many rows have relevant items.
 *
 *     gain(t) = 2^t − 1, 0 for t ≤ 0
 *     d_i = Σ_j discounts_j·gain(target at places_ij)        b_i = Σ_j discounts_j·gain(ideal_ij), gain(1)·discounts_0 when `sparse`
 *     sums[0] += Σ_rows w·d_i / b_i        sums[1] += Σ_rows w
 *
 * over rows with a relevant item. The weight w of row i is weight_⌊i / rowsPerWeight⌋, 1 without weights.
 * scores, places (int32) [rows, kept], the highest scores of each row in order and the items they belong to; ideal [rows, kept]
 * the highest relevances of each row in order, absent when `sparse`: sortRows makes them. target [rows] numbers of items when
 * `sparse`, otherwise relevances [rows, columns]. discounts [kept]. An item with a score of NaN gains nothing.
 */
export const ndcgAtK = defineOp({
  name: "ndcgAtK",
  tensors: ["scores", "target", "ideal", "discounts", "weight"],
  totals: ["sums"],
  integers: ["places"],
  counts: ["rows", "columns", "kept", "sparse", "rowsPerWeight"],

  forward({ heap, totals, integers }, row) {
    const { scores, places, target, ideal, discounts, weight, sums, rows, columns, kept, sparse, rowsPerWeight } = row;
    for (let i = 0; i < rows; i++) {
      const w = weight ? heap[weight + Math.floor(i / rowsPerWeight)] : 1;
      const largest = sparse ? Number(isItem(heap[target + i], columns)) : heap[ideal + i * kept];
      if (w === 0 || !(largest > 0)) continue;
      const scale = Math.floor(largest);
      let [sum, best] = [0, sparse ? heap[discounts] * scaledGain(1, scale) : 0];
      for (let j = 0; j < kept; j++) {
        const k = i * kept + j;
        if (!sparse) best += heap[discounts + j] * scaledGain(heap[ideal + k], scale);
        if (Number.isNaN(heap[scores + k])) continue;
        sum += heap[discounts + j] * scaledGain(relevanceAt(heap, row, i, integers[places + k]), scale);
      }
      totals[sums] += (w * sum) / best;
      totals[sums + 1] += w;
    }
  },
});

/**
 * (2^t − 1) / 2^scale for t < scale + 1, a whole scale: the quotient of gains is the same, and none is too large for a number.
 * With n = ⌊t⌋ it is 2^(n − scale)·(2^(t − n) − 1) + (2^(n − scale) − 2^−scale).
 */
function scaledGain(t: number, scale: number): number {
  if (!(t > 0)) return 0;
  const n = Math.floor(t);
  const power = powerOfTwo(Math.max(n - scale, -1022));
  return power * expm1((t - n) * Math.LN2) + (power - powerOfTwo(Math.max(-scale, -1022)));
}

/** Relevances: none, whole ones, and some between. */
const relevances = (uniform: number, index: number) =>
  index % 3 === 0 ? 3 * uniform : Math.max(0, Math.floor(6 * uniform) - 2);

function example(rows: number, columns: number, kept: number, sparse: number, rowsPerWeight = 0): Example {
  return {
    shapes: {
      scores: [rows, kept],
      target: sparse ? [rows] : [rows, columns],
      ...(!sparse && { ideal: [rows, kept] }),
      discounts: [kept],
      ...(rowsPerWeight && { weight: [rows / rowsPerWeight] }),
    },
    sizes: { sums: 2, places: rows * kept },
    counts: { rows, columns, kept, sparse, rowsPerWeight: rowsPerWeight || 1 },
    fill: {
      target: sparse ? labels(columns) : relevances,
      ideal: (uniform, index) => 4 - (3.5 * (index % kept)) / kept + (0.1 * uniform) / kept,
      discounts: (_, index) => 1 / (1 + index),
      weight: rowWeights,
      places: rankedItems(columns, kept),
      sums: () => 0.25,
    },
  };
}

export const examples: Examples = {
  op: ndcgAtK,
  tolerance: 1e-13,
  // That of an item which gains nothing then.
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
