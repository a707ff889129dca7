import { DataError } from "../errors";
import { show } from "../options";
import type { Tokenizer } from "../text/tokenizer";

/** Most bytes of a character in UTF-8, which ids may hold parts of. */
const CHARACTER_BYTES = 4;
/** Ids that are waited for at most. */
const MOST_WAITING = 16;

/** Whether a text ends within a character: with the first half of a pair of surrogates. */
const endsInPair = (text: string) => /[\ud800-\udbff]$/.test(text);

/** How many characters at the end of a text may be the beginning of another. */
function lengthOfBeginning(text: string, other: string): number {
  for (let length = Math.min(text.length, other.length - 1); length > 0; length--) {
    if (text.endsWith(other.slice(0, length))) return length;
  }
  return 0;
}

/** Turns ids into pieces of text; keeps back what may be part of a character, or of a text that ends it. */
export class Writer {
  /** Ids whose text has not come out. */
  #ids: number[] = [];
  /** Ids before these, that some tokenizers write them otherwise behind: with a space between words. */
  #before: readonly number[];
  #text = "";
  hasStopped = false;

  /** @param prompt the ids that the text follows */
  constructor(
    private readonly tokenizer: Tokenizer,
    private readonly stops: readonly string[],
    prompt: readonly number[],
  ) {
    this.#before = prompt;
  }

  /** What can be written now. */
  add(id: number): string {
    this.#ids.push(id);
    this.#text += this.#decodeWhole();
    const kept = Math.max(0, ...this.stops.map((stop) => lengthOfBeginning(this.#text, stop)));
    return this.#take(kept || Number(endsInPair(this.#text)));
  }

  /** What was kept back, at the end. */
  end(): string {
    if (this.hasStopped) return "";
    if (this.#ids.length) this.#text += this.#textOf(this.#ids);
    this.#ids = [];
    return this.#take(0);
  }

  #decode(ids: readonly number[]): string {
    const text: unknown = this.tokenizer.decode(ids);
    if (typeof text === "string") return text;
    throw new DataError(`generate: decode of the tokenizer must return a string, got ${show(text)}.`);
  }

  /** What ids add to the text before them. */
  #textOf(ids: readonly number[]): string {
    const before = this.#decode(this.#before);
    const text = this.#decode([...this.#before, ...ids]);
    return text.startsWith(before) ? text.slice(before.length) : this.#decode(ids);
  }

  /** The text of the ids that is the same whatever comes behind them: the rest of a character may be to come. Takes them away. */
  #decodeWhole(): string {
    const ids = this.#ids;
    const text = this.#textOf(ids);
    if (!text.endsWith("\ufffd") || ids.length >= MOST_WAITING) return this.#takeIds(ids.length, text);
    // What is no character at all is not waited for: a part of one is at the end, and has fewer ids than a character has bytes.
    for (let count = ids.length - CHARACTER_BYTES + 1; count > 0; count--) {
      const whole = this.#textOf(ids.slice(0, count));
      if (whole + this.#decode(ids.slice(count)) === text) return this.#takeIds(count, whole);
    }
    return "";
  }

  #takeIds(count: number, text: string): string {
    this.#before = this.#ids.slice(0, count);
    this.#ids = this.#ids.slice(count);
    return text;
  }

  /** Takes all but the last characters, or what stands before the first text that ends it. */
  #take(kept: number): string {
    const places = this.stops.map((stop) => this.#text.indexOf(stop)).filter((place) => place >= 0);
    this.hasStopped = places.length > 0;
    const end = this.hasStopped ? Math.min(...places) : this.#text.length - kept;
    const piece = this.#text.slice(0, end);
    this.#text = this.#text.slice(end);
    return piece;
  }
}
