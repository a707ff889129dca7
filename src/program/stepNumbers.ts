/** Steps of predictions, and as many of evaluations, before their numbers come again. */
const COUNTED_STEPS = 2 ** 30;

/**
 * The number of a batch that is predicted. Steps of training count from 0: what is drawn at random here is drawn by none of
 * them.
 */
export function predictionStep(batch: number): number {
  return (batch % COUNTED_STEPS) - COUNTED_STEPS;
}

/** The number of a batch of an evaluation, the same in every one, so that their results can be compared. */
export function evaluationStep(batch: number): number {
  return (batch % COUNTED_STEPS) - 2 * COUNTED_STEPS;
}
