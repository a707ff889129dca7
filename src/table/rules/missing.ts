import { ArgumentError } from "../../errors";
import { show } from "../../options";
import type { MissingTest } from "../raw/profile";
import { MISSING_WORDS } from "./words";

/**
 * How gaps are written: words and numbers besides the usual ones and the empty cell; with `only`, instead of the usual ones.
 */
export type MissingOption = readonly (string | number)[] | OnlyMissing;

/** The only ways in which gaps are written. */
export interface OnlyMissing {
  /** Words and numbers that stand for no value. */
  readonly only: readonly (string | number)[];
}

/** How gaps are written: all words, and those that were said. */
export interface MissingWords {
  readonly missing?: readonly string[];
  readonly saidMissing?: readonly string[];
}

/** The words of an option together with the usual ones; nothing for no option. */
export function missingWords(who: string, option: MissingOption | undefined): MissingWords {
  if (option === undefined) return {};
  const isOnly = !Array.isArray(option);
  const given: unknown = isOnly ? (option as { only?: unknown } | null)?.only : option;
  const isWord = (word: unknown) => typeof word === "string" || (typeof word === "number" && Number.isFinite(word));
  if (!Array.isArray(given) || !given.every(isWord)) {
    throw new ArgumentError(
      `${who}: missing must be an array of words and numbers, or { only: [...] }, got ${show(isOnly ? given : option)}.`,
    );
  }
  const words = [...new Set(given.map((word) => String(word).trim()))];
  return { saidMissing: words, missing: isOnly ? words : [...new Set([...MISSING_WORDS, ...words])] };
}

/** Tests by their words: most columns have the same. */
const tests = new WeakMap<readonly string[], MissingTest>();

/** @param words all of them; absent: the usual ones */
export function missingTest(words: readonly string[] = MISSING_WORDS): MissingTest {
  let test = tests.get(words);
  if (!test) {
    const known = new Set(words);
    const numbers = new Set(words.filter((word) => word !== "" && Number.isFinite(Number(word))).map(Number));
    test = { isWord: (word) => known.has(word), numbers };
    tests.set(words, test);
  }
  return test;
}
