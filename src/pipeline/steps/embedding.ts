import type { JsonField } from "../../formats/jsonField";
import type { Column } from "../../table/columns/column";
import type { UnknownPolicy } from "../../table/schema";
import { MOST_WORDS, UNKNOWN, WordPlaces } from "./words";
import { type StepDescription, wordsOf } from "./step";

/**
 * The place of a word, for a layer that learns some numbers for each: an input of its own, int32 `[1]`. 0 is a gap, 1 any other
 * word.
 */
export class EmbeddingStep {
  readonly #places: WordPlaces;

  constructor(
    /** The column's name. */
    readonly column: string,
    private readonly words: readonly string[],
    private readonly unknown: UnknownPolicy,
  ) {
    this.#places = new WordPlaces(column, words, unknown);
  }

  /** How many ids there are. */
  get size(): number {
    return this.words.length + 2;
  }

  /** @internal The ids of all rows. */
  ids(column: Column): Int32Array {
    return this.#places.of(column).map((place) => (place >= 0 ? place + 2 : place === UNKNOWN ? 1 : 0));
  }

  /** What files keep. */
  describe(): StepDescription {
    const { column, words, unknown } = this;
    return { kind: "embedding", column, words, unknown };
  }
}

/** @throws FormatError */
export function readEmbeddingStep(field: JsonField): EmbeddingStep {
  const { column, words, unknown } = field.members(["kind", "column", "words", "unknown"]);
  const policy = unknown.string();
  if (policy !== "error" && policy !== "gap" && policy !== "other") throw unknown.error("must be error, gap or other.");
  return new EmbeddingStep(column.string(), wordsOf(words, MOST_WORDS), policy);
}
