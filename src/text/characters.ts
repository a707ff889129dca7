import { DataError } from "../errors";
import { checkIds, checkString, checkText, joinBlocks, joinBlocksBreathing, type Tokenizer } from "./tokenizer";

/** Characters whose ids are found between two pauses. */
const BLOCK = 2 ** 15;

/** One id for each character (code point), in the order of Unicode. */
export class Characters implements Tokenizer {
  /** By code point. */
  readonly #ids: ReadonlyMap<number, number>;

  /** @internal Use `text.characters`. */
  constructor(
    /** Which characters there are, by their ids. */
    readonly characters: readonly string[],
  ) {
    this.#ids = new Map(characters.map((character, id) => [character.codePointAt(0)!, id]));
    Object.freeze(characters);
  }

  get vocabularySize(): number {
    return this.characters.length;
  }

  /**
   * The ids of the characters of a text.
   *
   * @throws DataError for a character that the corpus did not have, naming its place
   */
  encode(text: string): Int32Array {
    return joinBlocks(this.#blocks(text));
  }

  /** As `encode`, with pauses in which events are heard: for texts of megabytes. */
  async encodeAsync(text: string): Promise<Int32Array> {
    return joinBlocksBreathing(this.#blocks(text));
  }

  *#blocks(text: string): Generator<Int32Array> {
    checkString("characters", text);
    for (let place = 0; place < text.length; ) {
      const ids = new Int32Array(Math.min(BLOCK, text.length - place));
      let count = 0;
      for (; count < ids.length && place < text.length; count++) {
        const point = text.codePointAt(place)!;
        const id = this.#ids.get(point);
        if (id === undefined) throw this.#unknown(text, place);
        ids[count] = id;
        place += point > 0xffff ? 2 : 1;
      }
      yield ids.subarray(0, count);
    }
  }

  #unknown(text: string, place: number): DataError {
    const who = "characters";
    checkText(who, text);
    const point = text.codePointAt(place)!;
    const code = point.toString(16).toUpperCase().padStart(4, "0");
    return new DataError(
      `${who}: ${JSON.stringify(String.fromCodePoint(point))} (U+${code}) at position ${place} is not among the ` +
        `${this.vocabularySize} characters of the corpus. Replace it, or make the tokenizer of a corpus that has it.`,
    );
  }

  /** @throws DataError for an id that there is not */
  decode(ids: ArrayLike<number>): string {
    checkIds("characters", ids, this.vocabularySize);
    let text = "";
    for (let i = 0; i < ids.length; i++) text += this.characters[ids[i]];
    return text;
  }

  /** @internal What a file keeps. */
  describe(): DescribedCharacters {
    return { name: "characters", characters: this.characters.join("") };
  }
}

/** Characters as a file has them. */
export interface DescribedCharacters {
  readonly name: "characters";
  readonly characters: string;
}

/**
 * A tokenizer with an id for every character (code point) that a corpus has, in the order of Unicode.
 *
 *     const tokenizer = text.characters("to be or not to be");
 *     tokenizer.encode("tebo"); // Int32Array [6, 3, 1, …]
 *
 * @throws DataError for an empty corpus, or one with half of a surrogate pair
 */
export function characters(corpus: string): Characters {
  const who = "characters";
  checkText(who, corpus);
  if (corpus.length === 0) throw new DataError(`${who}: the corpus is empty.`);
  const points = [...new Set(corpus)].sort((a, b) => a.codePointAt(0)! - b.codePointAt(0)!);
  return new Characters(points);
}
