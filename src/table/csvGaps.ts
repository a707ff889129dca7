import type { MissingTest } from "./raw/profile";
import { Kept, type RawTable } from "./raw/rawTable";

/** The first row in which a column has no value; −1 without one. */
export function firstGap(raw: RawTable, column: number, missing: MissingTest): number {
  const words = raw.dictionary(column)?.words;
  let first = -1;
  raw.scan(column, (value, kept, row) => {
    if (first >= 0) return;
    const isGap =
      kept === Kept.GAP || (kept === Kept.WORD ? missing.isWord(words![value]) : missing.numbers.has(value));
    if (isGap) first = row;
  });
  return first;
}
