import { ArgumentError, DataError, ShapeError, StateError } from "../errors";
import { boolean, checkArity, checkOptions, integer, show } from "../options";
import { Dataset } from "./dataset";
import {
  checkAlike,
  columnsOf,
  hasX,
  type Item,
  type ItemLike,
  readWeights,
  type TensorsLike,
  toItem,
  toTensors,
} from "./item";
import { Selection } from "./selection";
import { toExactTensor } from "../tensor/tensor";

/**
 * A dataset of tensors in memory, of which the first dimension counts samples. A Float32Array, Int32Array or Uint8Array is
 * used as it is: changing it changes the dataset. Other numbers are copied.
 *
 * @param x one tensor, or an array of tensors for a model of several inputs.
 * @param y targets in the same way; may be left out.
 * @param sampleWeight how much each sample counts in the loss: `[samples]`, for outputs `[samples, time, …]` also
 *   `[samples, time]`; an array of one for each of several outputs. Default 1 each.
 * @throws ArgumentError for `{ x, y }`, which is how `fromIterable` takes items; ShapeError when a tensor has no leading
 *   dimension, or the counts of samples differ.
 */
export function fromTensors(x: TensorsLike, y?: TensorsLike, sampleWeight?: TensorsLike): Dataset;
export function fromTensors(x: TensorsLike, y?: TensorsLike, sampleWeight?: TensorsLike, ...rest: unknown[]): Dataset {
  checkArity("fromTensors", rest, "data.fromTensors(x, y, sampleWeight)");
  if (hasX(x)) throw new ArgumentError("fromTensors: got one object of x and y. Write data.fromTensors(x, y).");
  const inputs = toTensors(x, "fromTensors: x", 1, toExactTensor);
  const targets = y === undefined ? [] : toTensors(y, "fromTensors: y", 1, toExactTensor);
  const count = inputs[0].shape[0];
  for (const input of inputs) {
    if (input.shape[0] !== count) {
      throw new ShapeError(`fromTensors: ${count} samples of the first input but ${input.shape[0]} of another.`);
    }
  }
  for (const target of targets) {
    if (target.shape[0] !== count) {
      throw new ShapeError(`fromTensors: ${count} inputs but ${target.shape[0]} targets.`);
    }
  }
  if (sampleWeight === undefined) return new Dataset(new Selection({ x: inputs, y: targets }));
  const weights = readWeights(sampleWeight, "fromTensors: sampleWeight", 1);
  for (const weight of weights) {
    if (weight.shape[0] !== count) {
      throw new ShapeError(`fromTensors: ${count} inputs but ${weight.shape[0]} weights.`);
    }
  }
  return new Dataset(new Selection({ x: inputs, y: targets, sampleWeight: weights }));
}

/** What `fromIterable` reads: something iterable, or a function that starts it anew for every walk. */
export type IterableSource =
  | Iterable<ItemLike>
  | AsyncIterable<ItemLike>
  | (() => Iterable<ItemLike> | AsyncIterable<ItemLike>);

/** Options of `fromIterable`. */
export interface IterableOptions {
  /** The number of items, when known; a walk that gives more or fewer is an error. */
  size?: number | undefined;
  /** Says that items are batches with a leading dimension of at most this many samples. Default: single samples. */
  batchSize?: number | undefined;
  /**
   * Whether samples are sequences whose first axis, the length, differs from item to item. Batches of them have one length each; single
   * ones become batches by `paddedBatch` or `bucketBySequenceLength`. Default false: then another length is an error.
   */
  openLength?: boolean | undefined;
}

/**
 * A dataset of items `{ x, y }` or `[x, y]` that come one after another: from a generator, a stream, a database. Arrays are
 * copied when their item arrives, so that a source may fill the same ones again and again.
 *
 * Arrays, and functions that return an iterable, can be walked any number of times. Anything else can be walked once, and
 * says so at the second walk.
 *
 * @throws DataError, ShapeError during a walk, naming the item: not an item, or of another shape or dtype than the first.
 */
export function fromIterable(source: IterableSource, options: IterableOptions = {}): Dataset {
  checkOptions("fromIterable", options, ["size", "batchSize", "openLength"]);
  const isOpen = boolean("fromIterable", "openLength", options.openLength ?? false);
  if (typeof source !== "function" && !isIterable(source)) {
    throw new ArgumentError(`fromIterable: expects an iterable or a function that returns one, got ${show(source)}.`);
  }
  const { batchSize } = options;
  if (batchSize !== undefined) integer("fromIterable", "batchSize", batchSize);
  if (options.size !== undefined) integer("fromIterable", "size", options.size, { min: 0 });
  const size = options.size ?? (Array.isArray(source) ? source.length : undefined);
  const start = opener(source);
  return new Dataset({ size, batchSize, walk: () => checked(start, size, batchSize, isOpen) });
}

function isIterable(value: unknown): value is Iterable<ItemLike> | AsyncIterable<ItemLike> {
  if (value === null || typeof value !== "object") return false;
  return Symbol.asyncIterator in value || Symbol.iterator in value;
}

/** How to begin a walk of the source. */
function opener(source: IterableSource): () => Iterable<ItemLike> | AsyncIterable<ItemLike> {
  if (Array.isArray(source)) return () => source;
  if (typeof source === "function") {
    return () => {
      const items = source();
      if (isIterable(items)) return items;
      throw new DataError(`fromIterable: the function must return an iterable, got ${show(items)}.`);
    };
  }
  let isUsed = false;
  return () => {
    if (isUsed) {
      throw new StateError(
        "fromIterable: this iterable has been walked already. Give a function that returns a fresh one for every epoch.",
      );
    }
    isUsed = true;
    return source;
  };
}

async function* checked(
  start: () => Iterable<ItemLike> | AsyncIterable<ItemLike>,
  size: number | undefined,
  batchSize: number | undefined,
  isOpen: boolean,
): AsyncGenerator<Item> {
  let first: Item | undefined;
  let index = 0;
  for await (const like of start()) {
    const item = toItem(like, `fromIterable: item ${index}`);
    first ??= item;
    if (batchSize !== undefined) checkBatch(item, batchSize, index);
    checkAlike(first, item, `fromIterable: item ${index}`, batchSize !== undefined, isOpen);
    index++;
    if (size !== undefined && index > size) throw new DataError(`fromIterable: more than the promised ${size} items.`);
    yield item;
  }
  if (size !== undefined && index < size) {
    throw new DataError(`fromIterable: ended after ${index} of the promised ${size} items.`);
  }
}

function checkBatch(item: Item, batchSize: number, index: number): void {
  const { x, y, sampleWeight } = columnsOf(item);
  const counts = [...x, ...y, ...sampleWeight].map(({ shape }) => shape[0]);
  if (counts.some((count) => count !== counts[0] || !(count >= 1 && count <= batchSize))) {
    throw new ShapeError(
      `fromIterable: item ${index} must be a batch of 1 to ${batchSize} samples, its leading dimensions are ${counts}.`,
    );
  }
}
