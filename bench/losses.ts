/** Ratios by what was measured. */
export type Ratios = Readonly<Record<string, number>>;

/** A ratio that stayed below what is allowed each time that it was measured. */
export interface Loss {
  readonly name: string;
  readonly baseline: number;
  /** The best that was found. */
  readonly best: number;
}

/** How a search for losses measures. */
export interface Search<Candidate> {
  /** What the ratios are compared with. */
  readonly baseline: Ratios;
  /** Share of a ratio that may be lost. */
  readonly tolerance: number;
  /** Measures the ratios of one candidate; attempts are numbered from 0. */
  readonly measure: (candidate: Candidate, attempt: number) => Promise<Ratios>;
  /** How often a candidate is measured at most. */
  readonly attempts: number;
  /** Called before all attempts but the first. */
  readonly pause: () => Promise<void>;
}

/**
 * Measures all candidates, and those that seem to have lost again and again, each time after all others: a neighbour on the
 * same processor slows vector arithmetic more than plain loops, for a second or a minute, but not every time. Code that has
 * become slower does not recover.
 */
export async function findLosses<Candidate>(
  candidates: readonly Candidate[],
  search: Search<Candidate>,
): Promise<Loss[]> {
  const { baseline, tolerance, measure, attempts, pause } = search;
  let suspects = candidates.map((candidate) => ({ candidate, best: new Map<string, number>() }));
  const lossesOf = (best: ReadonlyMap<string, number>): Loss[] =>
    [...best]
      .filter(([name, ratio]) => !(ratio >= (1 - tolerance) * baseline[name]))
      .map(([name, ratio]) => ({ name, baseline: baseline[name], best: ratio }));
  for (let attempt = 0; attempt < attempts && suspects.length > 0; attempt++) {
    if (attempt > 0) await pause();
    for (const { candidate, best } of suspects) {
      for (const [name, ratio] of Object.entries(await measure(candidate, attempt))) {
        if (name in baseline) best.set(name, Math.max(ratio, best.get(name) ?? 0));
      }
    }
    suspects = suspects.filter(({ best }) => lossesOf(best).length > 0);
  }
  return suspects.flatMap(({ best }) => lossesOf(best));
}

/** Names that only one of both has: measurements that the baseline does not know yet, or that are gone. */
export function unmatched(baseline: Ratios, found: Ratios): { unknown: string[]; gone: string[] } {
  const without = (names: Ratios, others: Ratios) => Object.keys(names).filter((name) => !(name in others));
  return { unknown: without(found, baseline), gone: without(baseline, found) };
}
