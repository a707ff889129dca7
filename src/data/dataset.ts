import { ArgumentError, DataError } from "../errors";
import { shuffle as shuffleIndices, uniform } from "../numeric/random";
import { shareOf } from "../numeric/share";
import { boolean, checkArity, checkOptions, finiteNumber, integer, show } from "../options";
import { Augmentation, imageSizeOf } from "./augmentation/augmentation";
import type { AugmentOptions } from "./augmentation/options";
import { DATASET } from "../tensor/datasetMark";
import { checkAlike, gatherRows, type Item, itemOf, join, listOf, mapColumns, stack } from "./item";
import { Selection, splitKey } from "./selection";
import { buckets, PADDING_OPTIONS, type PaddingOptions, paddedBatches, readPadding } from "./sequences";
import * as stream from "./stream";
import type { FilterFunction, MapFunction } from "./stream";
import type { Tensor } from "../tensor/tensor";

/** What a dataset is made of. Datasets are made by `data.fromTensors` and its siblings. */
export interface Source {
  /** The items of one walk, counted from 0. What a walk draws at random depends on its number only. */
  readonly walk: (walk: number) => AsyncIterable<Item>;
  /** The number of items, `Infinity` for an endless one, undefined when it takes a walk to know. */
  readonly size: number | undefined;
  /** The largest number of samples in an item, undefined when items are single samples. */
  readonly batchSize?: number;
  readonly selection?: Selection;
  /** The same position is another item in another walk. */
  readonly reorders?: boolean;
}

/** Options of `dataset.shuffle`. */
export interface ShuffleOptions {
  /** Any integer. Default 0. */
  seed?: number | undefined;
  /** Whether every walk has an order of its own. Default true. */
  reshuffleEachIteration?: boolean | undefined;
}

/** Options of `dataset.batch`. */
export interface BatchOptions {
  /** Leaves out a last batch that is not full. Default false. */
  dropRemainder?: boolean | undefined;
}

/** Options of `dataset.paddedBatch`. */
export interface PaddedBatchOptions extends PaddingOptions {
  /** What all sequences are filled up to. Default: the longest of each batch. */
  paddedLength?: number | undefined;
}

/** Options of `dataset.bucketBySequenceLength`. */
export interface BucketOptions extends PaddingOptions {
  /** The first length that is too long for each bucket but the last, ascending: `[10, 20]` makes buckets of 1–9, 10–19, and 20 on. */
  bucketBoundaries: readonly number[];
  /** Samples in the batches of each bucket: one number more than there are boundaries, or one for all. */
  bucketBatchSizes: number | readonly number[];
  /** Whether sequences are filled up to the longest that their bucket can have, but for the last one. Default false. */
  padToBucketBoundary?: boolean | undefined;
}

/** Options of `dataset.split`. */
export interface SplitOptions {
  /** Any integer. Default 0. */
  seed?: number | undefined;
}

/**
 * Samples, or batches of them, that can be walked with `for await`. Nothing is read before a walk begins, every method
 * returns a new dataset, and every walk starts at the beginning. What is random depends on seeds and on how many walks
 * this object has begun, on nothing else.
 */
export class Dataset implements AsyncIterable<Item> {
  /** The number of items of a walk: samples, or batches after `batch`. Undefined when only a walk can tell. */
  readonly size: number | undefined;
  /** The samples in an item (the last may have fewer); undefined when items are single samples. */
  readonly batchSize: number | undefined;
  /**
   * @internal For `fit`: the tensors this dataset selects samples from, while it is such a selection. `shuffle` (of samples),
   * `take`, `skip`, `split`, `batch`, `augment`, `prefetch` and `concat` of parts of the same tensors keep it; `map`,
   * `filter` and `repeat` lose it.
   */
  readonly selection: Selection | undefined;
  /** @internal See `isDataset`. */
  readonly [DATASET] = true;
  readonly #source: Source;
  #walks = 0;

  /** @internal Use `data.fromTensors`, `data.fromIterable`, `data.csv` or `data.idx`. */
  constructor(source: Source | Selection) {
    this.#source = source instanceof Selection ? sourceOf(source) : source;
    this.size = this.#source.size;
    this.batchSize = this.#source.batchSize;
    this.selection = this.#source.selection;
  }

  /** The next walk: `for await (const { x, y } of dataset)`. */
  [Symbol.asyncIterator](): AsyncIterator<Item> {
    return this.iterate(this.#walks++)[Symbol.asyncIterator]();
  }

  /**
   * One walk, by number. The same number gives the same items in the same order, whatever was walked before: `fit`
   * passes the epoch, so that a resumed training sees what the uninterrupted one would have seen.
   */
  iterate(walk: number): AsyncIterable<Item> {
    return this.#source.walk(walk);
  }

  /**
   * Replaces every item by what a function makes of it: `{ x, y }`, `{ x }` or `[x, y]`. After `batch` items are batches.
   * An item with a `sampleWeight` needs one in the result, too.
   * @throws DataError during a walk, naming the item, when the function throws or rejects.
   */
  map(change: MapFunction): Dataset;
  map(change: MapFunction, ...rest: unknown[]): Dataset {
    checkArity("map", rest, "map(change)");
    checkFunction("map", change);
    return this.#step(this.size, (walk) => stream.mapped(this.#source.walk(walk), change));
  }

  /**
   * Changes the images in x at random, anew in every walk, so that in every epoch `fit` sees others. x must be images
   * `[height, width]` or `[height, width, channels]`, uint8 (which stay uint8) or float32; y stays as it is.
   *
   * All that moves pixels is one interpolation: zoom, rotation about the centre, flip, shift. Then come contrast, noise
   * and cutout. What happens to an image depends on the seed, the number of the walk (in `fit`: the epoch) and the
   * position of the image before any `shuffle` of a dataset in memory; on nothing else.
   *
   * Names and signs are those of Keras 3 (RandomTranslation, RandomFlip, RandomRotation, RandomZoom, RandomContrast,
   * GaussianNoise, RandomErasing), but a pair of bounds is always [lower, upper], for contrast too.
   *
   * @example train.augment({ shift: 0.1, rotation: 0.03, zoom: 0.1, fillMode: "constant" })
   * @throws ArgumentError for unknown options and values out of range; ShapeError, DataError when x is not images (in a
   *   walk, when only that can tell).
   */
  augment(options: AugmentOptions): Dataset;
  augment(options: AugmentOptions, ...rest: unknown[]): Dataset {
    checkArity("augment", rest, "augment(options)");
    const augmentation = new Augmentation(options);
    const { selection } = this;
    if (selection) imageSizeOf(selection.columns.x, true);
    if (selection && !selection.augmentation) return new Dataset(selection.with({ augmentation }));
    const isBatched = this.batchSize !== undefined;
    return this.#step(this.size, (walk) => stream.augmented(this.#source.walk(walk), augmentation, walk, isBatched));
  }

  /** Keeps the items for which a function returns true. The size is unknown afterwards. */
  filter(keep: FilterFunction): Dataset;
  filter(keep: FilterFunction, ...rest: unknown[]): Dataset {
    checkArity("filter", rest, "filter(keep)");
    checkFunction("filter", keep);
    return this.#step(undefined, (walk) => stream.filtered(this.#source.walk(walk), keep));
  }

  /**
   * Shuffles the items, differently in every walk unless `reshuffleEachIteration` is false.
   * @param bufferSize how many items are held to draw from; without it all. Only datasets that are walked need one:
   *   those in memory are always shuffled as a whole, which costs them nothing (and of two shuffles the last counts).
   * @throws ArgumentError without `bufferSize` when the size is unknown or infinite.
   */
  shuffle(bufferSize?: number, options: ShuffleOptions = {}): Dataset {
    checkOptions("shuffle", options, ["seed", "reshuffleEachIteration"]);
    const seed = checkSeed("shuffle", options.seed ?? 0);
    const reshuffle = boolean("shuffle", "reshuffleEachIteration", options.reshuffleEachIteration ?? true);
    if (bufferSize !== undefined) integer("shuffle", "bufferSize", bufferSize);
    if (this.selection && !this.selection.batching) {
      return new Dataset(this.selection.with({ shuffled: { seed, reshuffleEachIteration: reshuffle } }));
    }
    const held = bufferSize ?? this.size;
    if (held === undefined || held === Number.POSITIVE_INFINITY) {
      throw new ArgumentError(`shuffle: give bufferSize, this dataset ${held ? "is endless" : "has no known size"}.`);
    }
    return this.#step(this.size, (walk) => stream.shuffled(this.#source.walk(walk), held, seed, reshuffle ? walk : 0), {
      reorders: reshuffle || this.#source.reorders,
    });
  }

  /**
   * Joins samples into batches with a leading dimension.
   * @throws ArgumentError when the dataset is batched already; ShapeError during a walk when samples differ in shape.
   */
  batch(size: number, options: BatchOptions = {}): Dataset {
    checkOptions("batch", options, ["dropRemainder"]);
    integer("batch", "size", size);
    const dropRemainder = boolean("batch", "dropRemainder", options.dropRemainder ?? false);
    this.#checkSamples("batch");
    if (this.selection) return new Dataset(this.selection.with({ batching: { size, dropRemainder } }));
    const round = dropRemainder ? Math.floor : Math.ceil;
    return this.#step(
      this.size === undefined ? undefined : round(this.size / size),
      (walk) => stream.batched(this.#source.walk(walk), size, dropRemainder),
      { batchSize: size },
    );
  }

  /**
   * Joins sequences of different lengths, samples whose first axis counts places, into batches: shorter ones are filled up to the
   * longest of their batch, or to `paddedLength`. What stands behind the end of a sequence goes into the model like the rest of it.
   *
   * @throws ArgumentError when the dataset is batched already; during a walk ShapeError, DataError when samples differ in more than
   *   their length, one is longer than `paddedLength` or has no place at all
   */
  paddedBatch(size: number, options: PaddedBatchOptions = {}): Dataset {
    const who = "paddedBatch";
    checkOptions(who, options, ["paddedLength", ...PADDING_OPTIONS]);
    integer(who, "size", size);
    const { paddedLength } = options;
    if (paddedLength !== undefined) integer(who, "paddedLength", paddedLength);
    this.#checkSamples(who);
    const padding = readPadding(who, options);
    const round = padding.dropRemainder ? Math.floor : Math.ceil;
    return this.#step(
      this.size === undefined ? undefined : round(this.size / size),
      (walk) => paddedBatches(this.#source.walk(walk), size, paddedLength, padding),
      { batchSize: size },
    );
  }

  /**
   * Joins sequences of about the same length into batches, so that little is filled up: a sample waits in the bucket of its length until
   * there are enough for a batch. No sample is lost; what is left in the end becomes batches that are not full. Which samples meet
   * depends on their order: `shuffle` before, for batches that are others in every epoch, and after, for their order.
   *
   * @throws ArgumentError when the dataset is batched already or the options do not fit each other; during a walk as `paddedBatch`
   */
  bucketBySequenceLength(options: BucketOptions): Dataset {
    const who = "bucketBySequenceLength";
    checkOptions(who, options, ["bucketBoundaries", "bucketBatchSizes", "padToBucketBoundary", ...PADDING_OPTIONS]);
    const { boundaries, sizes, lengths } = readBuckets(who, options);
    this.#checkSamples(who);
    const padding = readPadding(who, options);
    return this.#step(undefined, (walk) => buckets(this.#source.walk(walk), boundaries, sizes, lengths, padding), {
      batchSize: Math.max(...sizes),
      reorders: true,
    });
  }

  #checkSamples(who: string): void {
    if (this.batchSize !== undefined) {
      throw new ArgumentError(`${who}: this dataset is batched already, by ${this.batchSize}.`);
    }
  }

  /** Walks the dataset `count` times in a row, for ever by default. Each round is shuffled anew. */
  repeat(count?: number): Dataset;
  repeat(count = Number.POSITIVE_INFINITY, ...rest: unknown[]): Dataset {
    checkArity("repeat", rest, "repeat(count)");
    const isEndless = count === Number.POSITIVE_INFINITY;
    if (!isEndless) integer("repeat", "count", count, { min: 0 });
    const size = this.size === undefined || this.size === 0 ? this.size : this.size * count;
    // Rounds of later walks go on counting. Endless walks begin one round later each.
    const firstRound = (walk: number) => (isEndless ? walk : walk * count);
    return this.#step(count === 0 ? 0 : size, (walk) =>
      stream.repeated((round) => this.#source.walk(firstRound(walk) + round), count),
    );
  }

  /** The first `count` items, or all when there are fewer. */
  take(count: number): Dataset;
  take(count: number, ...rest: unknown[]): Dataset {
    checkArity("take", rest, "take(count)");
    integer("take", "count", count, { min: 0 });
    if (this.selection?.isSteady)
      return new Dataset(this.selection.slice(0, Math.min(count, this.selection.itemCount)));
    const size = this.size === undefined ? undefined : Math.min(this.size, count);
    return this.#step(size, (walk) => stream.taken(this.#source.walk(walk), count));
  }

  /** All but the first `count` items. */
  skip(count: number): Dataset;
  skip(count: number, ...rest: unknown[]): Dataset {
    checkArity("skip", rest, "skip(count)");
    integer("skip", "count", count, { min: 0 });
    if (this.selection?.isSteady) return new Dataset(this.selection.slice(count, this.selection.itemCount));
    const size = this.size === undefined ? undefined : Math.max(0, this.size - count);
    return this.#step(size, (walk) => stream.skipped(this.#source.walk(walk), count));
  }

  /** This dataset's items, then the other's. */
  concat(other: Dataset): Dataset;
  concat(other: Dataset, ...rest: unknown[]): Dataset {
    checkArity("concat", rest, "concat(other)");
    if (!(other instanceof Dataset)) throw new ArgumentError(`concat: expects a Dataset, got ${show(other)}.`);
    if ((this.batchSize === undefined) !== (other.batchSize === undefined)) {
      throw new ArgumentError("concat: one dataset is batched and the other is not. Batch both, or batch the result.");
    }
    const joined = joinSelections(this.selection, other.selection);
    if (joined) return new Dataset(joined);
    const [own, others] = [this.#source, other.#source];
    return this.#step(
      own.size === undefined || others.size === undefined ? undefined : own.size + others.size,
      (walk) => stream.chained(own.walk(walk), others.walk(walk)),
      {
        batchSize: own.batchSize === undefined ? undefined : Math.max(own.batchSize, others.batchSize ?? 0),
        reorders: own.reorders || others.reorders,
      },
    );
  }

  /**
   * Two disjoint datasets that together hold every item; `fraction` of the items goes to the first. Both keep the order
   * of the original. Items are drawn by a seeded permutation when the size is known; else each item goes to
   * the first part with probability `fraction`, decided by seed and position, so the parts are only about as large
   * as asked and each must see the items in the same order.
   * @throws ArgumentError after a reshuffling `shuffle` of a walked dataset, where a position is another item in every
   *   walk and the parts would mix. (In memory the samples below the shuffle are split, and both parts stay shuffled.)
   * @throws DataError when one part would be empty.
   */
  split(fraction: number, options: SplitOptions = {}): [Dataset, Dataset] {
    finiteNumber("split", "fraction", fraction, { above: 0, below: 1 });
    checkOptions("split", options, ["seed"]);
    const seed = checkSeed("split", options.seed ?? 0);
    if (this.#source.reorders && (!this.selection || this.selection.batching)) {
      throw new ArgumentError(
        "split: the order changes with every walk, so the parts would mix. Split before shuffle.",
      );
    }
    const { size } = this;
    if (size === undefined || size === Number.POSITIVE_INFINITY) {
      const inFirst = (index: number) => uniform(splitKey(seed), index) < fraction;
      return [this.#part(inFirst, size), this.#part((index) => !inFirst(index), size)];
    }
    const firstSize = Math.round(shareOf(size, fraction));
    if (firstSize === 0 || firstSize === size) {
      throw new DataError(`split: ${fraction} of ${size} items leaves one part empty.`);
    }
    const permutation = Int32Array.from({ length: size }, (_, i) => i);
    shuffleIndices(permutation, splitKey(seed));
    const parts = [permutation.subarray(0, firstSize).sort(), permutation.subarray(firstSize).sort()] as const;
    if (this.selection && !this.selection.batching) {
      const { selection } = this;
      const select = (positions: Int32Array) =>
        selection.with({ order: selection.order ? positions.map((i) => selection.order![i]) : positions.slice() });
      return [new Dataset(select(parts[0])), new Dataset(select(parts[1]))];
    }
    const isFirst = new Uint8Array(size);
    for (const position of parts[0]) isFirst[position] = 1;
    return [
      this.#part((index) => isFirst[index] === 1, firstSize),
      this.#part((index) => isFirst[index] === 0, size - firstSize),
    ];
  }

  /** Asks for up to `count` items (default 2) before they are wanted. Changes when items are made, not which. */
  prefetch(count?: number): Dataset;
  prefetch(count = 2, ...rest: unknown[]): Dataset {
    checkArity("prefetch", rest, "prefetch(count)");
    integer("prefetch", "count", count);
    if (this.selection) return new Dataset(this.selection);
    return this.#step(this.size, (walk) => stream.prefetched(this.#source.walk(walk), count));
  }

  /** Walks once and returns all samples as tensors with a leading dimension, in the order of walk 0. */
  async toTensors(): Promise<Item> {
    if (this.size === Number.POSITIVE_INFINITY) {
      throw new ArgumentError("toTensors: this dataset is endless. Put take() before it.");
    }
    if (this.selection && !this.selection.augmentation && !this.selection.batching?.dropRemainder) {
      const { columns, sampleCount } = this.selection;
      const order = this.selection.orderOf(0);
      const rows = (column: Tensor) => gatherRows(column, order, 0, sampleCount);
      return mapColumns(columns, rows);
    }
    const items: Item[] = [];
    for await (const item of this.#source.walk(0)) {
      checkAlike(items[0] ?? item, item, `toTensors: item ${items.length}`, this.batchSize !== undefined);
      items.push(item);
    }
    if (items.length === 0) throw new DataError("toTensors: the dataset is empty.");
    return this.batchSize === undefined ? stack(items) : joinBatches(items);
  }

  /** A dataset of one more step; what the step does not change stays. */
  #step(size: number | undefined, walk: Source["walk"], changed: Partial<Source> = {}): Dataset {
    const { batchSize, reorders } = this.#source;
    return new Dataset({ batchSize, reorders, ...changed, size, walk });
  }

  #part(has: (index: number) => boolean, size: number | undefined): Dataset {
    return this.#step(size, (walk) => stream.chosen(this.#source.walk(walk), has));
  }
}

function sourceOf(selection: Selection): Source {
  return {
    walk: (walk) => selection.walk(walk),
    size: selection.itemCount,
    batchSize: selection.batching?.size,
    selection,
    reorders: !selection.isSteady,
  };
}

/** The selection of both, when they select single samples from the same tensors, augmented alike, and neither is reshuffled. */
function joinSelections(first?: Selection, second?: Selection): Selection | undefined {
  if (!first?.isSteady || !second?.isSteady || first.batching || second.batching) return undefined;
  if (first.columns !== second.columns || first.augmentation !== second.augmentation) return undefined;
  const orders = [first, second].map((one) => one.slice(0, one.sampleCount).order!);
  const order = new Int32Array(orders[0].length + orders[1].length);
  order.set(orders[0]);
  order.set(orders[1], orders[0].length);
  return first.with({ order, shuffled: undefined });
}

function joinBatches(batches: readonly Item[]): Item {
  const column = (side: keyof Item, index: number) => {
    const parts = batches.map((batch) => listOf(batch[side])[index]);
    return join(parts, [parts.reduce((count, part) => count + part.shape[0], 0), ...parts[0].shape.slice(1)]);
  };
  const side = (name: keyof Item) => listOf(batches[0][name]).map((_, index) => column(name, index));
  return itemOf(side("x"), side("y"), side("sampleWeight"));
}

function readBuckets(who: string, { bucketBoundaries, bucketBatchSizes, padToBucketBoundary = false }: BucketOptions) {
  if (!Array.isArray(bucketBoundaries)) {
    throw new ArgumentError(`${who}: bucketBoundaries must be an array of lengths, got ${show(bucketBoundaries)}.`);
  }
  const boundaries = bucketBoundaries.map((length: number) =>
    integer(who, "each of bucketBoundaries", length, { min: 2 }),
  );
  if (boundaries.some((length, i) => i > 0 && length <= boundaries[i - 1])) {
    throw new ArgumentError(`${who}: bucketBoundaries must grow, got [${boundaries}].`);
  }
  const given: readonly number[] = Array.isArray(bucketBatchSizes)
    ? bucketBatchSizes
    : new Array(boundaries.length + 1).fill(bucketBatchSizes);
  const sizes = given.map((size) => integer(who, "each of bucketBatchSizes", size));
  if (sizes.length !== boundaries.length + 1) {
    throw new ArgumentError(
      `${who}: ${boundaries.length} boundaries make ${boundaries.length + 1} buckets, got ${sizes.length} bucketBatchSizes.`,
    );
  }
  const lengths = boolean(who, "padToBucketBoundary", padToBucketBoundary)
    ? boundaries.map((length) => length - 1)
    : [];
  return { boundaries, sizes, lengths };
}

function checkFunction(who: string, value: unknown): void {
  if (typeof value !== "function") throw new ArgumentError(`${who}: expects a function, got ${show(value)}.`);
}

/** A seed is any safe integer. */
function checkSeed(who: string, seed: unknown): number {
  return integer(who, "seed", seed, {});
}
