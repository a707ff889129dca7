/** The search for the pairs that byte-pair encoding joins. */

/** A word as ids of its parts, and how often it occurs. */
export interface CountedWord {
  ids: number[];
  readonly count: number;
}

/** A pair of ids that stand beside each other, and how often they do. */
interface CountedPair {
  readonly left: number;
  readonly right: number;
  readonly count: number;
}

/** More than there are ids. */
const RADIX = 2 ** 21;
const keyOf = (left: number, right: number) => left * RADIX + right;

/** Whether a is joined before b: it occurs more often, or as often and its ids are smaller. */
function isBefore(a: CountedPair, b: CountedPair): boolean {
  if (a.count !== b.count) return a.count > b.count;
  return a.left !== b.left ? a.left < b.left : a.right < b.right;
}

/** Joins pairs in words, the most frequent first; keeps the counts up to date as it goes. */
export class PairMerger {
  readonly #counts = new Map<number, number>();
  /** Words that have had a pair, by its key. */
  readonly #places = new Map<number, Set<number>>();
  /** A binary heap, with entries whose counts are no longer right. */
  readonly #heap: CountedPair[] = [];

  readonly #words: CountedWord[] = [];

  /** Adds a word. All come before the first pair is asked for. */
  add(word: CountedWord): void {
    this.#count(this.#words.push(word) - 1, 1);
  }

  /** Sorts the pairs of all words. */
  begin(): void {
    for (const [key, count] of this.#counts) this.#push(key, count);
  }

  /** The pair that occurs most often; undefined when none occurs twice. */
  next(): readonly [left: number, right: number] | undefined {
    for (let best = this.#pop(); best; best = this.#pop()) {
      const { left, right, count } = best;
      if (this.#counts.get(keyOf(left, right)) !== count) continue;
      return count < 2 ? undefined : [left, right];
    }
    return undefined;
  }

  /** Writes `id` wherever the pair stands. */
  merge(left: number, right: number, id: number): void {
    const key = keyOf(left, right);
    const touched = new Set<number>();
    for (const index of this.#places.get(key) ?? []) {
      this.#count(index, -1, touched);
      const word = this.#words[index];
      word.ids = joined(word.ids, left, right, id);
      this.#count(index, 1, touched);
    }
    this.#places.delete(key);
    for (const pair of touched) {
      const count = this.#counts.get(pair) ?? 0;
      if (count > 0) this.#push(pair, count);
      else this.#counts.delete(pair);
    }
  }

  /** Adds the pairs of a word to the counts, or takes them away. */
  #count(index: number, sign: 1 | -1, touched?: Set<number>): void {
    const { ids, count } = this.#words[index];
    for (let i = 1; i < ids.length; i++) {
      const key = keyOf(ids[i - 1], ids[i]);
      this.#counts.set(key, (this.#counts.get(key) ?? 0) + sign * count);
      touched?.add(key);
      if (sign < 0) continue;
      const places = this.#places.get(key);
      if (places) places.add(index);
      else this.#places.set(key, new Set([index]));
    }
  }

  #push(key: number, count: number): void {
    const entry = { left: Math.floor(key / RADIX), right: key % RADIX, count };
    const heap = this.#heap;
    let at = heap.push(entry) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(entry, heap[parent])) break;
      heap[at] = heap[parent];
      at = parent;
    }
    heap[at] = entry;
  }

  #pop(): CountedPair | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (heap.length === 0 || !last) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1], heap[child])) child++;
      if (!isBefore(heap[child], last)) break;
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = last;
    return first;
  }
}

/** The ids with a pair joined wherever it stands, from the left. */
export function joined(ids: readonly number[], left: number, right: number, id: number): number[] {
  const result: number[] = [];
  for (let i = 0; i < ids.length; i++) {
    const isPair = ids[i] === left && ids[i + 1] === right;
    result.push(isPair ? id : ids[i]);
    if (isPair) i++;
  }
  return result;
}
