import { Kept, type RawTable } from "./rawTable";

/** A text of a column that is neither a plain number nor a gap. */
export interface Word {
  readonly text: string;
  readonly count: number;
  /** The row in which it came first. */
  readonly firstRow: number;
}

/** What there is in a column, before anything is decided. */
export interface Profile {
  readonly name: string;
  readonly column: number;
  readonly rowCount: number;
  readonly gaps: number;
  /** Words that stand for no value. */
  readonly gapWords: readonly Word[];
  readonly words: readonly Word[];
  /** Cells with a word. */
  readonly wordCells: number;
  readonly numbers: NumberProfile;
  readonly dates: number;
  readonly booleans: number;
}

/** What there is of numbers that are plainly written, or are numbers already. */
export interface NumberProfile {
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly areIntegers: boolean;
  /** Whether any is not 0. */
  readonly hasNonZero: boolean;
  /** The rows in which there is the first, the first that is not 0, and so on; −1 without one. */
  readonly firstRow: number;
  readonly firstNonZeroRow: number;
  /** With a point that can only stand before decimals: 1.5, 0.125, 1234.567. */
  readonly firstDecimalRow: number;
  /** With a point that may stand between thousands: 1.234. */
  readonly firstAmbiguousRow: number;
}

/** Which cells are gaps besides the empty ones. */
export interface MissingTest {
  isWord(word: string): boolean;
  /** Numbers that say that there is no value, such as −999. */
  readonly numbers: ReadonlySet<number>;
}

/** The plain numbers whose point may stand between thousands: 1.234 but not 0.125, 1234.567 or 1.5. */
export const isAmbiguousPoint = (value: number, kept: number): boolean =>
  kept === 3 && Math.abs(value) >= 1 && Math.abs(value) < 1000;

/** Looks at every cell of a column once. */
export function profileOf(raw: RawTable, column: number, missing: MissingTest): Profile {
  const dictionary = raw.dictionary(column);
  const texts = dictionary?.words ?? [];
  const counts = new Int32Array(texts.length);
  const missingNumbers = missing.numbers.size > 0 ? missing.numbers : undefined;
  let [gaps, dates, booleans, count] = [0, 0, 0, 0];
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let [firstRow, firstNonZeroRow, firstDecimalRow, firstAmbiguousRow] = [-1, -1, -1, -1];
  let areIntegers = true;
  raw.scan(column, (value, kept, row) => {
    if (kept === Kept.WORD) counts[value]++;
    else if (kept === Kept.GAP) gaps++;
    else if (kept === Kept.DATE) dates++;
    else if (kept === Kept.BOOLEAN) booleans++;
    else if (missingNumbers?.has(value)) gaps++;
    else {
      count++;
      if (value < min) min = value;
      if (value > max) max = value;
      if (firstRow < 0) firstRow = row;
      if (value !== 0 && firstNonZeroRow < 0) firstNonZeroRow = row;
      if (kept === 0) return;
      if (areIntegers && !Number.isInteger(value)) areIntegers = false;
      if (kept === Kept.NUMBER) return;
      if (isAmbiguousPoint(value, kept)) {
        if (firstAmbiguousRow < 0) firstAmbiguousRow = row;
      } else if (firstDecimalRow < 0) firstDecimalRow = row;
    }
  });
  const words: Word[] = [];
  const gapWords: Word[] = [];
  let wordCells = 0;
  for (const [code, text] of texts.entries()) {
    const word = { text, count: counts[code], firstRow: dictionary!.firstRows[code] };
    if (missing.isWord(text)) {
      gapWords.push(word);
      gaps += word.count;
    } else {
      words.push(word);
      wordCells += word.count;
    }
  }
  const numbers = {
    count,
    min,
    max,
    areIntegers,
    hasNonZero: firstNonZeroRow >= 0,
    firstRow,
    firstNonZeroRow,
    firstDecimalRow,
    firstAmbiguousRow,
  };
  const { rowCount, names } = raw;
  return { name: names[column], column, rowCount, gaps, gapWords, words, wordCells, numbers, dates, booleans };
}
