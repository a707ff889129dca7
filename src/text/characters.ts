import { DataError } from "../errors";
import { checkIds, checkText, type Tokenizer } from "./tokenizer";

/** One id for each character (code point), in the order of Unicode. */
export class Characters implements Tokenizer {
  readonly #ids: ReadonlyMap<string, number>;

  /** @internal Use `text.characters`. */
  constructor(
    /** Which characters there are, by their ids. */
    readonly characters: readonly string[],
  ) {
    this.#ids = new Map(characters.map((character, id) => [character, id]));
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
    const who = "characters";
    checkText(who, text);
    const ids = new Int32Array(text.length);
    let count = 0;
    let place = 0;
    for (const character of text) {
      const id = this.#ids.get(character);
      if (id === undefined) {
        const code = character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0");
        throw new DataError(
          `${who}: ${JSON.stringify(character)} (U+${code}) at position ${place} is not among the ` +
            `${this.vocabularySize} characters of the corpus. Replace it, or make the tokenizer of a corpus that has it.`,
        );
      }
      ids[count++] = id;
      place += character.length;
    }
    return ids.slice(0, count);
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
