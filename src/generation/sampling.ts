import { DataError } from "../errors";
import { exp, log } from "../numeric/elementary";

/** How the next id is drawn. */
export interface Sampling {
  /** 0: always the most likely. */
  readonly temperature: number;
  readonly topK: number | undefined;
  readonly topP: number | undefined;
  readonly repetitionPenalty: number;
}

/** An id and how likely it is, as the logarithm of something proportional to that. */
interface Candidate {
  readonly id: number;
  readonly logit: number;
}

/**
 * Draws an id: the ids in the order of their scores, of equal ones the smaller first, are cut by `topK`, then by `topP`, and one of
 * the rest is drawn. All of it in float64, by functions that give the same bits everywhere.
 *
 * @param scores logits, or probabilities
 * @param seen ids that are there already
 * @param uniform in [0, 1)
 * @throws DataError for scores that are NaN or infinite, but for −∞: an id that is never drawn; and where that leaves none
 */
export function drawId(
  scores: ArrayLike<number>,
  areProbabilities: boolean,
  seen: ReadonlySet<number>,
  { temperature, topK, topP, repetitionPenalty }: Sampling,
  uniform: number,
): number {
  const candidates: Candidate[] = [];
  for (let id = 0; id < scores.length; id++) {
    const score = scores[id];
    if (!(score < Number.POSITIVE_INFINITY)) throw new DataError(`generate: the score of id ${id} is ${score}.`);
    let logit = areProbabilities ? log(score) : score;
    if (repetitionPenalty !== 1 && seen.has(id))
      logit = logit > 0 ? logit / repetitionPenalty : logit * repetitionPenalty;
    candidates.push({ id, logit });
  }
  candidates.sort((a, b) => b.logit - a.logit || a.id - b.id);
  if (candidates[0].logit === Number.NEGATIVE_INFINITY) {
    throw new DataError("generate: no id can be drawn: all of them are scored as impossible.");
  }
  if (temperature === 0) return candidates[0].id;
  const kept = candidates.slice(0, topK ?? candidates.length);
  const largest = kept[0].logit;
  const weights = kept.map(({ logit }) => (logit === largest ? 1 : exp((logit - largest) / temperature)));
  let count = weights.length;
  // Rounding may leave a little at the end, which must not go to what is never drawn.
  while (weights[count - 1] === 0) count--;
  let total = weights.reduce((sum, weight) => sum + weight, 0);
  if (topP !== undefined) {
    let sum = 0;
    let nucleus = 0;
    while (nucleus < count && sum < topP * total) sum += weights[nucleus++];
    count = nucleus;
    total = sum;
  }
  let rest = uniform * total;
  for (let i = 0; i < count; i++) {
    rest -= weights[i];
    if (rest < 0) return kept[i].id;
  }
  return kept[count - 1].id;
}
