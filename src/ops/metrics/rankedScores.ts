import { joinExamples } from "../joinExamples";
import { defineOp } from "../op";
import { metricExamples, signs } from "./metricExamples";

/**
 * How many positive and negative targets have which prediction, as a list that is sorted and shortened when it is full:
 * what an area under a curve is made of without thresholds.
 *
 *     sums[0] = length of the list        sums[1 + 3j …] = prediction, positives, negatives
 *
 * Every prediction is put at the end of the list, as an entry of its own. When the list holds `capacity` entries it is
 * sorted; equal predictions become one entry; and if those are still more than half the capacity, neighbours that together
 * hold at most 8 / capacity (of all positives plus of all negatives) are joined under their mean prediction. What is
 * infinite is joined with nothing.
 * What is left of the list is at most capacity / 2 + 1 entries; zeros stand behind it.
 *
 * A target above 0 is positive. NaN is below every number. An entry counts as often as the weight of its row says, row i
 * weight_⌊i / rowsPerWeight⌋ times, once without weights; there is none of weight 0.
 */
export const rankedScores = defineOp({
  name: "rankedScores",
  tensors: ["x", "target", "weight"],
  totals: ["sums"],
  counts: ["rows", "columns", "capacity", "rowsPerWeight"],

  forward({ heap, totals }, { x, target, weight, sums, rows, columns, capacity, rowsPerWeight }) {
    let length = totals[sums];
    for (let i = 0; i < rows * columns; i++) {
      const w = weight ? heap[weight + Math.floor(i / columns / rowsPerWeight)] : 1;
      if (w === 0) continue;
      if (length === capacity) length = shorten(totals, sums + 1, capacity);
      const entry = sums + 1 + 3 * length;
      const isPositive = heap[target + i] > 0;
      totals[entry] = Number.isNaN(heap[x + i]) ? Number.NEGATIVE_INFINITY : heap[x + i];
      totals[entry + 1] = isPositive ? w : 0;
      totals[entry + 2] = isPositive ? 0 : w;
      length++;
    }
    totals[sums] = length;
  },
});

/** One entry of the list. */
export interface RankedScore {
  score: number;
  positives: number;
  negatives: number;
}

/** The first `length` entries by their predictions, from the lowest; equal predictions are one entry. */
export function sortScores(totals: Float64Array, first: number, length: number): RankedScore[] {
  const entries = Array.from({ length }, (_, i) => {
    const [score, positives, negatives] = totals.subarray(first + 3 * i, first + 3 * i + 3);
    return { score, positives, negatives };
  }).sort((a, b) => (a.score < b.score ? -1 : a.score > b.score ? 1 : 0));
  return joinNeighbours(entries, (a, b) => (a.score === b.score ? a.score : Number.NaN));
}

/** The entries; those are added to the one before them for which `joined` gives a prediction of both, and not NaN. */
function joinNeighbours(
  entries: readonly RankedScore[],
  joined: (before: RankedScore, entry: RankedScore) => number,
): RankedScore[] {
  const kept: RankedScore[] = [];
  for (const entry of entries) {
    const before = kept.at(-1);
    const score = before ? joined(before, entry) : Number.NaN;
    if (!before || Number.isNaN(score)) {
      kept.push({ ...entry });
      continue;
    }
    before.score = score;
    before.positives += entry.positives;
    before.negatives += entry.negatives;
  }
  return kept;
}

/** Shortens a full list, and returns its new length. */
function shorten(totals: Float64Array, first: number, capacity: number): number {
  let entries = sortScores(totals, first, capacity);
  if (entries.length > capacity / 2) {
    const perPositive = 1 / Math.max(1, sum(entries.map(({ positives }) => positives)));
    const perNegative = 1 / Math.max(1, sum(entries.map(({ negatives }) => negatives)));
    const shareOf = (entry: RankedScore) => entry.positives * perPositive + entry.negatives * perNegative;
    entries = joinNeighbours(entries, (before, entry) => {
      const [share, added] = [shareOf(before), shareOf(entry)];
      if (share + added > 8 / capacity) return Number.NaN;
      const score = (before.score * share + entry.score * added) / (share + added);
      return Number.isFinite(score) ? score : Number.NaN;
    });
  }
  for (const [i, { score, positives, negatives }] of entries.entries()) {
    totals.set([score, positives, negatives], first + 3 * i);
  }
  totals.fill(0, first + 3 * entries.length, first + 3 * capacity);
  return entries.length;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** Every third prediction is one of few, so that there are equal ones. */
const predictions = (uniform: number, index: number) => (index % 3 === 0 ? Math.round(4 * uniform) : uniform);

const listOf = (capacity: number) =>
  metricExamples(rankedScores, {
    sums: () => 1 + 3 * capacity,
    counts: { capacity },
    target: signs,
    x: predictions,
    tolerance: 1e-13,
    weights: true,
  });

export const examples = joinExamples(listOf(8), listOf(32), listOf(400));
