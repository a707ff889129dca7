import { type Dataset, data, type Tokenizer, text } from "wasmgrad";
import { CONTEXT } from "./gpt";

export interface Book {
  /** An id for each of its characters. */
  readonly tokenizer: Tokenizer & { readonly vocabularySize: number };
  /** The ids of the first nine tenths. */
  readonly train: Int32Array;
  /** Windows of the rest. */
  readonly validation: Dataset;
}

/** A text, character by character: nine tenths to learn from, the last to be tested on. */
export function readBook(corpus: string): Book {
  const tokenizer = text.characters(corpus);
  const ids = tokenizer.encode(corpus);
  const boundary = Math.floor(0.9 * ids.length);
  const validation = data.tokens(ids.subarray(boundary), { contextLength: CONTEXT });
  return { tokenizer, train: ids.subarray(0, boundary), validation };
}

/** Losses that need no network, in nats a character. */
export interface Bounds {
  /** Of who holds every character for equally likely. */
  readonly uniform: number;
  /** Of who knows how often each character occurs: the entropy of single characters. */
  readonly unigram: number;
  /** Of who knows how often each follows each other: the entropy of a character, given the one before. */
  readonly bigram: number;
}

function entropyOf(counts: ArrayLike<number>): { readonly total: number; readonly nats: number } {
  const present = Array.from(counts).filter((count) => count > 0);
  const total = present.reduce((sum, count) => sum + count, 0);
  return { total, nats: -present.reduce((sum, count) => sum + (count / total) * Math.log(count / total), 0) };
}

export function boundsOf(ids: Int32Array, vocabularySize: number): Bounds {
  const singles = new Float64Array(vocabularySize);
  const pairs = Array.from({ length: vocabularySize }, () => new Float64Array(vocabularySize));
  for (let i = 0; i < ids.length; i++) {
    singles[ids[i]]++;
    if (i > 0) pairs[ids[i - 1]][ids[i]]++;
  }
  const bigram = pairs.map(entropyOf).reduce((sum, { total, nats }) => sum + total * nats, 0) / (ids.length - 1);
  return { uniform: Math.log(vocabularySize), unigram: entropyOf(singles).nats, bigram };
}

/** Words of two letters and more: single ones are what is left of “don’t”. */
const wordsIn = (text: string) => Array.from(text.toLowerCase().matchAll(/\p{L}{2,}/gu));

/** The words of a text, in small letters. */
export const wordsOf = (text: string): ReadonlySet<string> => new Set(wordsIn(text).map(([word]) => word));

/**
 * Which share of the words that were written is among the known ones; undefined where there are none. Words of the prompt do not
 * count, and neither does the last one, which may be cut off.
 */
export function shareOfWords(prompt: string, written: string, known: ReadonlySet<string>): number | undefined {
  const words = wordsIn(prompt + written).slice(0, -1);
  const own = words.filter(({ 0: word, index }) => index + word.length > prompt.length);
  return own.length > 0 ? own.filter(([word]) => known.has(word)).length / own.length : undefined;
}
