import { ArgumentError } from "../errors";
import type { Direction } from "../metrics/metrics";

/** A round of successive halving. */
export interface HalvingRound {
  /** Trials that take part. */
  readonly trials: number;
  /** Epochs that each has been trained for at its end. */
  readonly epochs: number;
}

/**
 * The rounds of successive halving (Jamieson & Talwalkar 2016): of n trials n/factor go on, with factor times the epochs, until one is
 * left, which has all of them.
 *
 * @throws ArgumentError when the first would have no epoch
 */
export function halvingRounds(who: string, trials: number, epochs: number, factor: number): HalvingRound[] {
  const counts = [trials];
  while (counts.at(-1)! >= factor) counts.push(Math.floor(counts.at(-1)! / factor));
  const last = counts.length - 1;
  const share = (round: number) => factor ** (last - round);
  if (epochs < share(0)) {
    throw new ArgumentError(
      `${who}: ${trials} trials take ${counts.length} rounds, in the first of which each has 1/${share(0)} of the epochs: ` +
        `epochs must be at least ${share(0)}, got ${epochs}.`,
    );
  }
  return counts.map((count, round) => ({ trials: count, epochs: Math.floor(epochs / share(round)) }));
}

/** What is compared. */
interface Scored {
  readonly trial: number;
  readonly score: number | null;
}

/** Orders the better before the worse, of equal ones the earlier trial; what has failed comes last. */
export function compareScores(better: Direction): (a: Scored, b: Scored) => number {
  return (a, b) => {
    if (a.score === null || b.score === null)
      return Number(a.score === null) - Number(b.score === null) || a.trial - b.trial;
    return (better === "min" ? a.score - b.score : b.score - a.score) || a.trial - b.trial;
  };
}

/** Those that go on, in the order of trials. Who has failed never does. */
export function survivorsOf<Row extends Scored>(rows: readonly Row[], count: number, better: Direction): Row[] {
  return rows
    .filter(({ score }) => score !== null)
    .toSorted(compareScores(better))
    .slice(0, count)
    .sort((a, b) => a.trial - b.trial);
}
