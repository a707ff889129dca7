import { DataError } from "../../errors";
import type { JsonField } from "../../formats/jsonField";
import { show } from "../../options";
import type { CategoryColumn, Column } from "../../table/columns/column";
import type { UnknownPolicy } from "../../table/schema";
import { mean, scaling } from "./numbers";
import { numbersOf, type Place, type Step, type StepDescription, wordsOf } from "./step";

/** Words that a column may have. */
export const MOST_WORDS = 2 ** 20;

/** What the place of a word is where there is none. */
export const GAP = -1;
export const UNKNOWN = -2;

/** The places of words among those that were learnt; GAP, or UNKNOWN for words that were not. */
export class WordPlaces {
  readonly #places: ReadonlyMap<string, number>;

  constructor(
    readonly column: string,
    readonly words: readonly string[],
    readonly unknown: UnknownPolicy,
  ) {
    this.#places = new Map(words.map((word, place) => [word, place]));
  }

  /**
   * @throws DataError for the first unknown word, where the policy is an error
   */
  of(column: Column): Int32Array {
    const { words, codes } = column as CategoryColumn;
    const places = Int32Array.from(words, (word) => this.#places.get(word) ?? UNKNOWN);
    return codes.map((code, row) => {
      if (code < 0) return GAP;
      if (places[code] >= 0 || this.unknown === "other") return places[code];
      if (this.unknown === "gap") return GAP;
      throw new DataError(
        `row ${row + 1}, column ${show(this.column)}: ${show(words[code])} was not among the words of training. ` +
          `Learn with columns: { ${JSON.stringify(this.column)}: { unknown: "other" } } to take such words as one.`,
      );
    });
  }
}

/** What is learnt of words: which occur, how often, rarest last. */
export interface WordCounts {
  readonly words: readonly string[];
  readonly counts: readonly number[];
  readonly hasGaps: boolean;
}

/** Counts the words of a column, in the order of their codes. */
export function countWords({ words, codes }: CategoryColumn): WordCounts {
  const counts = new Array<number>(words.length).fill(0);
  let gaps = 0;
  for (const code of codes) {
    if (code < 0) gaps++;
    else counts[code]++;
  }
  const seen = words.map((_, code) => code).filter((code) => counts[code] > 0);
  return { words: seen.map((code) => words[code]), counts: seen.map((code) => counts[code]), hasGaps: gaps > 0 };
}

/** A number for each word, 1 for the one that stands there; one for all other words, one for gaps, where training had such. */
export class OneHotStep implements Step {
  readonly names: readonly string[];
  readonly #places: WordPlaces;

  constructor(
    readonly column: string,
    private readonly words: readonly string[],
    private readonly hasOther: boolean,
    private readonly hasGaps: boolean,
    private readonly unknown: UnknownPolicy,
  ) {
    this.#places = new WordPlaces(column, words, unknown);
    const more = [...(hasOther ? [`${column} is another`] : []), ...(hasGaps ? [`${column} is missing`] : [])];
    this.names = [...words.map((word) => `${column} = ${word}`), ...more];
  }

  write(column: Column, { values, stride, offset }: Place): void {
    const { words, hasOther, hasGaps } = this;
    this.#places.of(column).forEach((place, row) => {
      const gap = words.length + (hasOther ? 1 : 0);
      const at = place >= 0 ? place : place === UNKNOWN ? (hasOther ? words.length : GAP) : hasGaps ? gap : GAP;
      if (at >= 0) values[row * stride + offset + at] = 1;
    });
  }

  describe(): StepDescription {
    const { column, words, hasOther: other, hasGaps: gaps, unknown } = this;
    return { kind: "oneHot", column, words, other, gaps, unknown };
  }
}

/** One number for each word, then scaled: its rank, or what the target was on average where it stood. */
export class WordNumberStep implements Step {
  readonly names: readonly string[];
  readonly #places: WordPlaces;

  constructor(
    readonly column: string,
    private readonly kind: "ordinal" | "targetMean",
    private readonly words: readonly string[],
    private readonly numbers: readonly number[],
    /** For gaps and other words. */
    private readonly fill: number,
    private readonly unknown: UnknownPolicy,
  ) {
    this.#places = new WordPlaces(column, words, unknown);
    this.names = [kind === "ordinal" ? column : `${column} by target`];
  }

  write(column: Column, { values, stride, offset }: Place): void {
    this.#places.of(column).forEach((place, row) => {
      values[row * stride + offset] = place >= 0 ? this.numbers[place] : this.fill;
    });
  }

  describe(): StepDescription {
    const { column, kind, words, numbers, fill, unknown } = this;
    return { kind, column, words, numbers, fill, unknown };
  }
}

/** Ranks in the order of the words given, scaled to mean 0 and variance 1 over the rows of training. */
export function learnRanks(column: CategoryColumn, order: readonly string[], unknown: UnknownPolicy): WordNumberStep {
  const places = new Map(order.map((word, place) => [word, place]));
  const ranks = Float64Array.from(column.codes, (code) =>
    code < 0 ? Number.NaN : (places.get(column.words[code]) ?? Number.NaN),
  );
  const known = ranks.filter((rank) => !Number.isNaN(rank)).sort();
  const { center, scale } = known.length > 0 ? scaling(known, "standard") : { center: 0, scale: 1 };
  const numbers = order.map((_, rank) => (rank - center) / scale);
  return new WordNumberStep(column.name, "ordinal", order, numbers, 0, unknown);
}

/** How many rows of the mean of all stand beside those of a word (Micci-Barreca 2001). */
const SMOOTHING = 20;

/** The smoothed mean of a target's numbers where each word stands, scaled by those of the target. */
export function learnTargetMeans(column: CategoryColumn, target: Float64Array, unknown: UnknownPolicy): WordNumberStep {
  const known = target.filter((value) => !Number.isNaN(value)).sort();
  const { center, scale } = scaling(known, "standard");
  const overall = mean(known);
  const sums = new Float64Array(column.words.length);
  const counts = new Float64Array(column.words.length);
  column.codes.forEach((code, row) => {
    if (code < 0 || Number.isNaN(target[row])) return;
    sums[code] += target[row] - overall;
    counts[code]++;
  });
  const seen = [...column.words.keys()].filter((code) => counts[code] > 0);
  const meanOf = (code: number) => overall + sums[code] / (counts[code] + SMOOTHING);
  const numbers = seen.map((code) => (meanOf(code) - center) / scale);
  const words = seen.map((code) => column.words[code]);
  return new WordNumberStep(column.name, "targetMean", words, numbers, (overall - center) / scale, unknown);
}

/** Each word in one of some numbers, by a hash of it: nothing is learnt, and nothing is unknown. */
export class HashStep implements Step {
  readonly names: readonly string[];

  constructor(
    readonly column: string,
    private readonly buckets: number,
  ) {
    this.names = Array.from({ length: buckets }, (_, i) => `${column} #${i}`);
  }

  write(column: Column, { values, stride, offset }: Place): void {
    for (let row = 0; row < column.length; row++) {
      const word = column.at(row);
      if (word === null) continue;
      values[row * stride + offset + (hashOf(String(word)) % this.buckets)] = 1;
    }
  }

  describe(): StepDescription {
    const { column, buckets } = this;
    return { kind: "hash", column, buckets };
  }
}

/** FNV-1a over the UTF-8 bytes (Fowler, Noll, Vo 1991). */
export function hashOf(word: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(word)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

const policyOf = (field: JsonField): UnknownPolicy => {
  const policy = field.string();
  if (policy === "error" || policy === "gap" || policy === "other") return policy;
  throw field.error("must be error, gap or other.");
};

/** @throws FormatError */
export function readOneHotStep(field: JsonField): OneHotStep {
  const { column, words, other, gaps, unknown } = field.members([
    "kind",
    "column",
    "words",
    "other",
    "gaps",
    "unknown",
  ]);
  return new OneHotStep(
    column.string(),
    wordsOf(words, MOST_WORDS),
    other.boolean(),
    gaps.boolean(),
    policyOf(unknown),
  );
}

/** @throws FormatError */
export function readWordNumberStep(field: JsonField): WordNumberStep {
  const { kind, column, words, numbers, fill, unknown } = field.members([
    "kind",
    "column",
    "words",
    "numbers",
    "fill",
    "unknown",
  ]);
  const known = wordsOf(words, MOST_WORDS);
  const values = numbersOf(numbers, MOST_WORDS);
  if (values.length !== known.length) throw numbers.error("must be one for each word.");
  const name = kind.string() as "ordinal" | "targetMean";
  return new WordNumberStep(column.string(), name, known, values, fill.number(), policyOf(unknown));
}

/** @throws FormatError */
export function readHashStep(field: JsonField): HashStep {
  const { column, buckets } = field.members(["kind", "column", "buckets"]);
  const count = buckets.integer(MOST_WORDS);
  if (count < 1) throw buckets.error("must be at least 1.");
  return new HashStep(column.string(), count);
}
