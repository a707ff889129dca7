/**
 * Between which bounds the numbers of a tensor are, both included: `[0, 1]` for probabilities.
 *
 * The compiler asks for it where a loss expects probabilities, so that logits taken for probabilities, or the reverse, are
 * an error and no training to nothing.
 */
export type Range = readonly [low: number, high: number];

/**
 * The range of an operation's output: fixed, or what follows from the ranges of its inputs other than weights, in their
 * order, and from its numbers; undefined where that is not known.
 */
export type OutputRange =
  | Range
  | ((inputs: readonly Range[], numbers: Readonly<Record<string, number>>) => Range | undefined);

/** Any number. */
export const ANY: Range = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];

/** The lower bound of numbers that are never 0. */
export const ABOVE_ZERO = Number.MIN_VALUE;

/** Probabilities. */
export const UNIT: Range = [0, 1];

/** The least range that holds those of all inputs: of operations that move, choose or average numbers. */
export function keepsRange(inputs: readonly Range[]): Range {
  return [Math.min(...inputs.map(([low]) => low)), Math.max(...inputs.map(([, high]) => high))];
}

/** That of an activation between 0 and x for positive x, which for negative x falls to `lowest` at most. */
export function rectifies(lowest: number): OutputRange {
  return ([[low, high]]) => [low < 0 ? Math.max(low, lowest) : 0, Math.max(high, 0)];
}

/** That of an odd activation that tends to ±1. */
export const saturates: OutputRange = ([[low, high]]) => [low < 0 ? -1 : 0, high > 0 ? 1 : 0];

/** That of sums of numbers, times `scale` where there is one: of one sign where the numbers are. */
export function scalesSums([[low, high]]: readonly Range[], { scale = 1 }: Readonly<Record<string, number>>): Range {
  const isBelow = scale < 0 ? high > 0 : low < 0;
  const isAbove = scale < 0 ? low < 0 : high > 0;
  return [isBelow ? Number.NEGATIVE_INFINITY : 0, isAbove ? Number.POSITIVE_INFINITY : 0];
}
