import type { Thinned } from "./reportData";

/** What the order of scores says of one class against all others. */
export interface Ranking {
  readonly rocAuc: number | null;
  readonly averagePrecision: number | null;
  readonly roc: Thinned | null;
  readonly precisionRecall: Thinned | null;
}

/**
 * ROC and precision–recall curves and their areas. Rows of equal scores come at once: the ROC curve goes straight from before them
 * to behind them, and its area is the exact probability that a row of the class is above another, ties counting one half
 * (Hanley & McNeil 1982). The area under the other is the sum of steps, without interpolation (Davis & Goadrich 2006).
 *
 * @param scores what the model says of each row
 * @param isOf 1 where the row is of the class
 * @param most points of a curve that are kept
 */
export function rank(scores: Float32Array, isOf: Uint8Array, most: number): Ranking {
  const order = byScore(scores);
  const positives = isOf.reduce((sum, one) => sum + one, 0);
  const negatives = scores.length - positives;
  const roc: [number, number][] = [[0, 0]];
  const precisionRecall: [number, number][] = [];
  let [hits, alarms, pairs, average] = [0, 0, 0, 0];
  for (let i = 0; i < order.length; ) {
    const score = scores[order[i]];
    let [moreHits, moreAlarms] = [0, 0];
    for (; i < order.length && scores[order[i]] === score; i++) {
      if (isOf[order[i]]) moreHits++;
      else moreAlarms++;
    }
    pairs += moreAlarms * (hits + moreHits / 2);
    hits += moreHits;
    alarms += moreAlarms;
    const precision = hits / (hits + alarms);
    average += moreHits * precision;
    roc.push([alarms / negatives, hits / positives]);
    precisionRecall.push([hits / positives, precision]);
  }
  const hasBoth = positives > 0 && negatives > 0;
  return {
    rocAuc: hasBoth ? pairs / (positives * negatives) : null,
    averagePrecision: positives > 0 ? average / positives : null,
    roc: hasBoth ? thinCurve(roc, most) : null,
    precisionRecall: positives > 0 ? thinCurve(precisionRecall, most) : null,
  };
}

/** Rows from the highest score to the lowest. */
function byScore(scores: Float32Array): Uint32Array {
  return Uint32Array.from(scores.keys()).sort((a, b) => scores[b] - scores[a]);
}

/** Leaves out points that are nearer to the last one kept than a pixel or two. */
function thinCurve(points: readonly [number, number][], most: number): Thinned {
  if (points.length <= most) return { points, of: points.length };
  let length = 0;
  for (let i = 1; i < points.length; i++) length += distance(points[i - 1], points[i]);
  const step = length / (most - 2);
  const kept = [points[0]];
  let since = 0;
  for (let i = 1; i < points.length - 1; i++) {
    since += distance(points[i - 1], points[i]);
    if (since < step) continue;
    kept.push(points[i]);
    since = 0;
  }
  kept.push(points[points.length - 1]);
  return { points: kept, of: points.length };
}

const distance = ([x, y]: [number, number], [u, v]: [number, number]) => Math.abs(x - u) + Math.abs(y - v);
