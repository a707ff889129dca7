import { ArgumentError, DataError } from "../errors";
import { checkOptions, integer } from "../options";
import { breathe, SLICE_MILLISECONDS } from "../platform/breathe";
import { textDecoder, textEncoder } from "../platform/text";
import { joined, PairMerger } from "./mergePairs";
import { checkIds, checkString, checkText, joinBlocks, joinBlocksBreathing, type Tokenizer } from "./tokenizer";

/** Ids below are bytes themselves. */
const BYTES = 256;
/** Most ids there can be. */
export const MAXIMUM_IDS = 2 ** 20;
/** Ids that are found between two pauses, about. */
const BLOCK = 2 ** 14;
/** Words whose ids are remembered. */
const REMEMBERED = 2 ** 16;

/**
 * Pieces that pairs never cross: a word, a number, other signs, each with a space before it, or white space. Long ones are cut, so
 * that the time it takes grows with the text and not with its square.
 */
const WORDS = / ?[\p{L}\p{M}]{1,32}| ?\p{N}{1,16}| ?[^\s\p{L}\p{M}\p{N}]{1,16}|\s{1,16}/gu;

/** Options of `bytePairs`. */
export interface BytePairOptions {
  /** How many ids there may be, the 256 of single bytes included: from 256 to 1,048,576. Fewer when no pair occurs twice any more. */
  vocabularySize: number;
}

/** Ids for bytes, and for pairs of ids that are frequent. Any text can be written with them. */
export class BytePairs implements Tokenizer {
  /** The id that each pair becomes. */
  readonly #joins = new Map<string, number>();
  /** The bytes of each id. */
  readonly #bytes: Uint8Array[] = Array.from({ length: BYTES }, (_, byte) => Uint8Array.of(byte));
  readonly #known = new Map<string, readonly number[]>();
  readonly #encoder = textEncoder();

  /** @internal Use `text.bytePairs`. */
  constructor(
    /** Pairs of ids that were joined, in this order: the first makes id 256. */
    readonly merges: readonly (readonly [left: number, right: number])[],
  ) {
    merges.forEach(([left, right], i) => {
      this.#joins.set(`${left},${right}`, BYTES + i);
      this.#bytes.push(Uint8Array.of(...this.#bytes[left], ...this.#bytes[right]));
    });
    Object.freeze(merges);
  }

  get vocabularySize(): number {
    return BYTES + this.merges.length;
  }

  /** The ids of a text. @throws DataError for half of a surrogate pair */
  encode(text: string): Int32Array {
    return joinBlocks(this.#blocks(text));
  }

  /** As `encode`, with pauses in which events are heard: for texts of megabytes. */
  async encodeAsync(text: string): Promise<Int32Array> {
    return joinBlocksBreathing(this.#blocks(text));
  }

  *#blocks(text: string): Generator<readonly number[]> {
    checkString("bytePairs", text);
    let ids: number[] = [];
    for (const [word] of text.matchAll(WORDS)) {
      let ofWord = this.#known.get(word);
      if (!ofWord) {
        // A pair of surrogates stands in one word.
        if (/\p{Surrogate}/u.test(word)) checkText("bytePairs", text);
        ofWord = this.#encodeWord(word);
      }
      for (const id of ofWord) ids.push(id);
      if (ids.length < BLOCK) continue;
      yield ids;
      ids = [];
    }
    yield ids;
  }

  #encodeWord(word: string): readonly number[] {
    let ids = Array.from(this.#encoder.encode(word));
    for (;;) {
      // Pairs are joined in the order in which they were found.
      let first = Number.POSITIVE_INFINITY;
      let at = 0;
      for (let i = 1; i < ids.length; i++) {
        const id = this.#joins.get(`${ids[i - 1]},${ids[i]}`);
        if (id !== undefined && id < first) {
          first = id;
          at = i;
        }
      }
      if (first === Number.POSITIVE_INFINITY) break;
      ids = joined(ids, ids[at - 1], ids[at], first);
    }
    if (this.#known.size >= REMEMBERED) this.#known.clear();
    this.#known.set(word, ids);
    return ids;
  }

  /** The text of ids; bytes that are no UTF-8 become U+FFFD. @throws DataError for an id that there is not */
  decode(ids: ArrayLike<number>): string {
    checkIds("bytePairs", ids, this.vocabularySize);
    let size = 0;
    for (let i = 0; i < ids.length; i++) size += this.#bytes[ids[i]].length;
    const bytes = new Uint8Array(size);
    let end = 0;
    for (let i = 0; i < ids.length; i++) {
      bytes.set(this.#bytes[ids[i]], end);
      end += this.#bytes[ids[i]].length;
    }
    return textDecoder({ ignoreBOM: true }).decode(bytes);
  }

  /** @internal What a file keeps. */
  describe(): DescribedBytePairs {
    return { name: "bytePairs", merges: this.merges };
  }
}

/** Byte pairs as a file has them. */
export interface DescribedBytePairs {
  readonly name: "bytePairs";
  readonly merges: readonly (readonly [number, number])[];
}

/**
 * A tokenizer that learns from a corpus which bytes often stand together (Sennrich et al. 2016, over bytes as Radford et al. 2019):
 * the most frequent pair becomes an id of its own, again and again; of pairs as frequent the one of smaller ids. Pairs do not cross
 * words. Any text can be encoded, also with characters that the corpus had not.
 *
 *     const tokenizer = await text.bytePairs(corpus, { vocabularySize: 1000 });
 *
 * @throws ArgumentError, DataError for an empty corpus, or one with half of a surrogate pair
 */
export async function bytePairs(corpus: string, options: BytePairOptions): Promise<BytePairs> {
  const who = "bytePairs";
  checkText(who, corpus);
  if (corpus.length === 0) throw new DataError(`${who}: the corpus is empty.`);
  checkOptions(who, options, ["vocabularySize"]);
  if (options === undefined) throw new ArgumentError(`${who}: expects { vocabularySize }.`);
  const size = integer(who, "vocabularySize", options.vocabularySize, { min: BYTES, max: MAXIMUM_IDS });
  let done = 0;
  let lastBreath = performance.now();
  const mayBreathe = async () => {
    if (performance.now() - lastBreath < SLICE_MILLISECONDS) return;
    await breathe();
    lastBreath = performance.now();
  };
  const counts = new Map<string, number>();
  for (const [word] of corpus.matchAll(WORDS)) {
    counts.set(word, (counts.get(word) ?? 0) + 1);
    if (++done % 1024 === 0) await mayBreathe();
  }
  const encoder = textEncoder();
  const merger = new PairMerger();
  for (const [word, count] of counts) {
    merger.add({ ids: Array.from(encoder.encode(word)), count });
    if (++done % 1024 === 0) await mayBreathe();
  }
  merger.begin();
  const merges: (readonly [number, number])[] = [];
  for (let id = BYTES; id < size; id++) {
    const pair = merger.next();
    if (!pair) break;
    merger.merge(...pair, id);
    merges.push(pair);
    await mayBreathe();
  }
  return new BytePairs(merges);
}
