import { DataError } from "../errors";
import { RandomStream } from "../numeric/random";
import { type Augmentation, imageSizeOf } from "./augmentation/augmentation";
import { checkAlike, type Item, type ItemLike, listOf, stack, toItem } from "./item";
import { shuffleKey } from "./selection";
import { Tensor } from "../tensor/tensor";

/**
 * The steps of a dataset that is walked item by item. Each is an async generator over the step before; `for await`
 * closes that one when this one is closed, so that leaving a walk early releases its source.
 */
type Items = AsyncIterable<Item>;

function failure(step: string, index: number, cause: unknown): DataError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new DataError(`${step}: the function failed at item ${index}: ${reason}`, { cause });
}

/** What `dataset.map` makes of an item, counted from 0. */
export type MapFunction = (item: Item, index: number) => ItemLike | Promise<ItemLike>;
/** Whether `dataset.filter` keeps an item, counted from 0. */
export type FilterFunction = (item: Item, index: number) => boolean | Promise<boolean>;

export async function* mapped(items: Items, change: MapFunction): AsyncGenerator<Item> {
  let index = 0;
  for await (const item of items) {
    let result: ItemLike;
    try {
      result = await change(item, index);
    } catch (cause) {
      throw failure("map", index, cause);
    }
    checkWeightKept(item, result, index);
    yield toItem(result, `map: the result for item ${index}`, [
      ...listOf(item.x),
      ...listOf(item.y),
      ...listOf(item.sampleWeight),
    ]);
    index++;
  }
}

/** A weight that a function forgets would be lost without a word. */
function checkWeightKept(item: Item, result: ItemLike, index: number): void {
  if (item.sampleWeight === undefined || Object.hasOwn(Object(result), "sampleWeight")) return;
  throw new DataError(
    `map: item ${index} has a sampleWeight, the result for it has none. Return it too: { x, y, sampleWeight }; ` +
      "sampleWeight: undefined leaves it out.",
  );
}

export async function* filtered(items: Items, keep: FilterFunction): AsyncGenerator<Item> {
  let index = 0;
  for await (const item of items) {
    let kept: boolean;
    try {
      kept = await keep(item, index);
    } catch (cause) {
      throw failure("filter", index, cause);
    }
    if (kept) yield item;
    index++;
  }
}

/** Changes a copy of the images in x; the random numbers of each depend on how many came before it in this walk. */
export async function* augmented(
  items: Items,
  augmentation: Augmentation,
  walk: number,
  isBatched: boolean,
): AsyncGenerator<Item> {
  const augmenting = augmentation.begin(walk);
  let position = 0;
  for await (const item of items) {
    const x = listOf(item.x);
    imageSizeOf(x, isBatched);
    const images = new Tensor(x[0].data.slice(), x[0].shape);
    await augmenting.change(images, isBatched, undefined, position);
    position += isBatched ? images.shape[0] : 1;
    yield { ...item, x: images };
  }
}

/** Holds `bufferSize` items and yields a random one of them whenever the next arrives. */
export async function* shuffled(items: Items, bufferSize: number, seed: number, walk: number): AsyncGenerator<Item> {
  const random = new RandomStream(shuffleKey(seed, walk));
  const buffer: Item[] = [];
  for await (const item of items) {
    if (buffer.length < bufferSize) {
      buffer.push(item);
      continue;
    }
    const chosen = random.integer(buffer.length);
    const leaving = buffer[chosen];
    buffer[chosen] = item;
    yield leaving;
  }
  while (buffer.length > 0) {
    const chosen = random.integer(buffer.length);
    const leaving = buffer[chosen];
    buffer[chosen] = buffer[buffer.length - 1];
    buffer.pop();
    yield leaving;
  }
}

export async function* batched(items: Items, size: number, dropRemainder: boolean): AsyncGenerator<Item> {
  let samples: Item[] = [];
  let first: Item | undefined;
  let index = 0;
  for await (const sample of items) {
    first ??= sample;
    checkAlike(first, sample, `batch: item ${index}`);
    index++;
    samples.push(sample);
    if (samples.length === size) {
      yield stack(samples);
      samples = [];
    }
  }
  if (samples.length > 0 && !dropRemainder) yield stack(samples);
}

/** Walks `count` times. An empty source ends it, so that repeating nothing for ever ends, too. */
export async function* repeated(walkOf: (round: number) => Items, count: number): AsyncGenerator<Item> {
  for (let round = 0; round < count; round++) {
    let isEmpty = true;
    for await (const item of walkOf(round)) {
      isEmpty = false;
      yield item;
    }
    if (isEmpty) return;
  }
}

export async function* taken(items: Items, count: number): AsyncGenerator<Item> {
  if (count === 0) return;
  let index = 0;
  for await (const item of items) {
    yield item;
    if (++index === count) return;
  }
}

export async function* skipped(items: Items, count: number): AsyncGenerator<Item> {
  let index = 0;
  for await (const item of items) {
    if (index++ >= count) yield item;
  }
}

/** The items whose position passes. */
export async function* chosen(items: Items, has: (index: number) => boolean): AsyncGenerator<Item> {
  let index = 0;
  for await (const item of items) {
    if (has(index++)) yield item;
  }
}

export async function* chained(first: Items, second: Items): AsyncGenerator<Item> {
  yield* first;
  yield* second;
}

/** Asks for up to `count` items before they are wanted, so that reading overlaps with training. */
export async function* prefetched(items: Items, count: number): AsyncGenerator<Item> {
  const iterator = items[Symbol.asyncIterator]();
  const pending: Promise<IteratorResult<Item>>[] = [];
  const ask = () => {
    const next = iterator.next();
    next.catch(() => {}); // Reported when its turn comes; until then it must not count as unhandled.
    pending.push(next);
  };
  try {
    while (true) {
      while (pending.length < count) ask();
      const { done, value } = await pending.shift()!;
      if (done) return;
      ask();
      yield value;
    }
  } finally {
    await iterator.return?.();
  }
}
