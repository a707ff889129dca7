import type { JsonField } from "../../formats/jsonField";
import { log } from "../../numeric/elementary";
import type { Column } from "../../table/columns/column";
import { MOST_WORDS } from "./words";
import { numbersOf, type Place, type Step, type StepDescription, wordsOf } from "./step";

/** How words of texts are counted. */
export interface TextRules {
  /** `"count"`: how often each word stands there; `"tfidf"`: weighed by how rare it is, rows of length 1. */
  readonly weighing: "count" | "tfidf";
  /** The most words, the most frequent first. */
  readonly size: number;
  /** In how many texts a word must stand. */
  readonly minTexts: number;
}

/** Words of a text: runs of letters, marks, digits and apostrophes within, in lower case. */
export const wordsIn = (text: string): string[] =>
  text
    .normalize("NFC")
    .toLowerCase()
    .match(/[\p{L}\p{M}\p{N}]+(?:['’][\p{L}\p{M}\p{N}]+)*/gu) ?? [];

/** A number for each word of a vocabulary (Salton & Buckley 1988). */
export class TextStep implements Step {
  readonly names: readonly string[];
  readonly #places: ReadonlyMap<string, number>;

  constructor(
    readonly column: string,
    private readonly words: readonly string[],
    /** log((1 + texts) / (1 + texts with the word)) + 1 of each word; undefined: words are counted. */
    private readonly rarity: readonly number[] | undefined,
  ) {
    this.names = words.map((word) => `${column}: ${word}`);
    this.#places = new Map(words.map((word, place) => [word, place]));
  }

  write(column: Column, { values, stride, offset }: Place): void {
    for (let row = 0; row < column.length; row++) {
      const text = column.at(row);
      if (text === null) continue;
      const at = row * stride + offset;
      for (const word of wordsIn(String(text))) {
        const place = this.#places.get(word);
        if (place !== undefined) values[at + place]++;
      }
      if (this.rarity) weigh(values.subarray(at, at + this.words.length), this.rarity);
    }
  }

  describe(): StepDescription {
    const { column, words, rarity } = this;
    return { kind: "text", column, words, ...(rarity ? { rarity } : {}) };
  }
}

/** Counts by rarity, then all to length 1. */
function weigh(counts: Float32Array, rarity: readonly number[]): void {
  let square = 0;
  for (let i = 0; i < counts.length; i++) {
    if (counts[i] > 0) square += (counts[i] * rarity[i]) ** 2;
  }
  if (square === 0) return;
  const length = Math.sqrt(square);
  for (let i = 0; i < counts.length; i++) if (counts[i] > 0) counts[i] = (counts[i] * rarity[i]) / length;
}

/** Learns the words that stand in most texts; of equal ones those that come first by their characters. */
export function learnTexts(column: Column, { weighing, size, minTexts }: TextRules): TextStep {
  const texts = new Map<string, number>();
  let count = 0;
  for (let row = 0; row < column.length; row++) {
    const text = column.at(row);
    if (text === null) continue;
    count++;
    for (const word of new Set(wordsIn(String(text)))) texts.set(word, (texts.get(word) ?? 0) + 1);
  }
  const frequent = [...texts].filter(([, number]) => number >= minTexts);
  frequent.sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  const kept = frequent.slice(0, size);
  const words = kept.map(([word]) => word);
  const rarity = kept.map(([, number]) => log((1 + count) / (1 + number)) + 1);
  return new TextStep(column.name, words, weighing === "tfidf" ? rarity : undefined);
}

/** @throws FormatError */
export function readTextStep(field: JsonField): TextStep {
  const { column, words, rarity } = field.members(["kind", "column", "words"], ["rarity"]);
  const known = wordsOf(words, MOST_WORDS);
  const weights = rarity && numbersOf(rarity, MOST_WORDS);
  if (weights && weights.length !== known.length) throw rarity.error("must be one for each word.");
  return new TextStep(column.string(), known, weights);
}
