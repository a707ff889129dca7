import { deriveKey, shuffle } from "../numeric/random";
import { gatherRows, type Item, itemOf } from "./item";
import { Tensor } from "./tensor";

/** All samples of a dataset in memory: one tensor for each input and each output, each `[samples, ...]`. */
export interface Columns {
  readonly x: readonly Tensor[];
  /** Empty when there are no targets. */
  readonly y: readonly Tensor[];
}

/** How each walk permutes the samples. */
export interface Shuffle {
  readonly seed: number;
  /** A new permutation in every walk. */
  readonly reshuffleEachIteration: boolean;
}

/** Samples in groups of `size`; the last, smaller group is left out when `dropRemainder` is set. */
export interface Batching {
  readonly size: number;
  readonly dropRemainder: boolean;
}

/**
 * A dataset that is nothing but samples chosen from tensors in memory. While a dataset is one, `fit` copies the columns
 * into WebAssembly memory once and sends only `orderOf(epoch)` afterwards, instead of walking samples one by one.
 */
export class Selection {
  constructor(
    readonly columns: Columns,
    /** Indices into the columns, before any shuffle; absent when it is all samples as they stand. */
    readonly order?: Int32Array,
    readonly shuffled?: Shuffle,
    readonly batching?: Batching,
  ) {}

  get sampleCount(): number {
    return this.order?.length ?? this.columns.x[0].shape[0];
  }

  /** The number of items a walk yields: samples, or batches when batched. */
  get itemCount(): number {
    if (!this.batching) return this.sampleCount;
    const { size, dropRemainder } = this.batching;
    return dropRemainder ? Math.floor(this.sampleCount / size) : Math.ceil(this.sampleCount / size);
  }

  /** The sample indices of one walk (of one epoch), counted from 0: the same walk always has the same order. To be read only. */
  orderOf(walk: number): Int32Array | undefined {
    if (!this.shuffled) return this.order;
    const { seed, reshuffleEachIteration } = this.shuffled;
    const order = this.order?.slice() ?? Int32Array.from({ length: this.sampleCount }, (_, i) => i);
    shuffle(order, shuffleKey(seed, reshuffleEachIteration ? walk : 0));
    return order;
  }

  /** True when every walk has the same order, so that positions can stand for samples. */
  get isSteady(): boolean {
    return !this.shuffled?.reshuffleEachIteration;
  }

  with(change: { order?: Int32Array; shuffled?: Shuffle; batching?: Batching; columns?: Columns }): Selection {
    const { columns, order, shuffled, batching } = { ...this, ...change };
    return new Selection(columns, order, shuffled, batching);
  }

  /** The items from `start` to `end` of a steady selection, as one. */
  slice(start: number, end: number): Selection {
    const samplesPerItem = this.batching?.size ?? 1;
    const all = this.orderOf(0) ?? Int32Array.from({ length: this.sampleCount }, (_, i) => i);
    const order = all.slice(start * samplesPerItem, end * samplesPerItem);
    return this.with({ order, shuffled: undefined });
  }

  async *walk(walk: number): AsyncGenerator<Item> {
    const order = this.orderOf(walk);
    const { x, y } = this.columns;
    for (let i = 0; i < this.itemCount; i++) {
      if (this.batching) {
        const start = i * this.batching.size;
        const end = Math.min(start + this.batching.size, this.sampleCount);
        const rows = (column: Tensor) => gatherRows(column, order, start, end);
        yield itemOf(x.map(rows), y.map(rows));
      } else {
        const row = (column: Tensor) => {
          const { data, shape } = gatherRows(column, order, i, i + 1);
          return new Tensor(data, shape.slice(1));
        };
        yield itemOf(x.map(row), y.map(row));
      }
    }
  }
}

/** The words after the seed that tell the draws of datasets from each other and from those of a model. */
const SHUFFLE_STREAM = 0x73687566;
const SPLIT_STREAM = 0x73706c74;

/** The key of what a shuffle draws in one walk. */
export function shuffleKey(seed: number, walk: number): number {
  return deriveKey(seed, SHUFFLE_STREAM, walk);
}

/** The key of what a split draws. */
export function splitKey(seed: number): number {
  return deriveKey(seed, SPLIT_STREAM);
}
