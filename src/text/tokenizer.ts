import { ArgumentError, DataError } from "../errors";
import { show } from "../options";
import { breathe, SLICE_MILLISECONDS } from "../platform/breathe";

/** Turns text into whole numbers and back. Any object with these two functions and the number of ids is one. */
export interface Tokenizer {
  /** How many ids there are: from 0 to one less. */
  readonly vocabularySize: number;
  /** The ids of a text. */
  encode(text: string): Int32Array | readonly number[];
  /** The text of these ids. */
  decode(ids: ArrayLike<number>): string;
}

/** A tokenizer that files can keep. */
export interface DescribedTokenizer extends Tokenizer {
  /** @internal What a file keeps. */
  describe(): object;
}

/** Whether something is a tokenizer: whoever made it. */
export function isTokenizer(given: unknown): given is Tokenizer {
  const { encode, decode, vocabularySize } = (given ?? {}) as Partial<Tokenizer>;
  return typeof encode === "function" && typeof decode === "function" && Number.isSafeInteger(vocabularySize);
}

/** @throws ArgumentError for what is no string */
export function checkString(who: string, text: unknown): asserts text is string {
  if (typeof text !== "string") throw new ArgumentError(`${who}: expects a string, got ${show(text)}.`);
}

/**
 * Refuses what is no text, or cannot be written in Unicode: half of a pair of surrogates.
 *
 * @throws ArgumentError, DataError naming the place
 */
export function checkText(who: string, text: unknown): asserts text is string {
  checkString(who, text);
  const place = text.search(/\p{Surrogate}/u);
  if (place < 0) return;
  const code = text.charCodeAt(place).toString(16).toUpperCase();
  throw new DataError(`${who}: half of a surrogate pair, U+${code}, stands alone at position ${place}.`);
}

/**
 * Refuses ids that there are not.
 *
 * @throws ArgumentError for what is no list, DataError naming the id and its place
 */
export function checkIds(who: string, ids: unknown, vocabularySize: number): asserts ids is ArrayLike<number> {
  const { length } = (ids ?? {}) as { length?: unknown };
  if (typeof ids !== "object" || !Number.isSafeInteger(length)) {
    throw new ArgumentError(`${who}: expects an array of ids, got ${show(ids)}.`);
  }
  for (let i = 0; i < (length as number); i++) {
    const id = (ids as ArrayLike<number>)[i];
    if (Number.isInteger(id) && id >= 0 && id < vocabularySize) continue;
    throw new DataError(`${who}: ids are whole numbers from 0 to ${vocabularySize - 1}, got ${show(id)} at ${i}.`);
  }
}

/** Blocks of ids as one array. */
export function joinBlocks(blocks: Iterable<ArrayLike<number>>): Int32Array {
  const all = [...blocks];
  const ids = new Int32Array(all.reduce((sum, { length }) => sum + length, 0));
  let end = 0;
  for (const block of all) {
    ids.set(block, end);
    end += block.length;
  }
  return ids;
}

/** The same, with pauses between blocks in which events are heard. */
export async function joinBlocksBreathing(blocks: Iterable<ArrayLike<number>>): Promise<Int32Array> {
  const all: ArrayLike<number>[] = [];
  let lastBreath = performance.now();
  for (const block of blocks) {
    all.push(block);
    if (performance.now() - lastBreath < SLICE_MILLISECONDS) continue;
    await breathe();
    lastBreath = performance.now();
  }
  return joinBlocks(all);
}
