import { deriveKey, shuffle } from "../numeric/random";
import type { Augmentation } from "./augmentation/augmentation";
import { type Columns, columnsOf, gatherRows, type Item, mapColumns, reshaped } from "./item";
import { type Tensor, toExactTensor } from "../tensor/tensor";

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
 * A dataset that is nothing but samples chosen from tensors in memory, and perhaps augmented. While a dataset is one that
 * is not augmented, `fit` copies the columns into WebAssembly memory once and sends only `orderOf(epoch)` afterwards,
 * instead of walking samples.
 */
export class Selection {
  constructor(
    /** One tensor for each input and each output, each `[samples, ...]`. */
    readonly columns: Columns,
    /** Indices into the columns, before any shuffle; absent when it is all samples as they stand. */
    readonly order?: Int32Array,
    readonly shuffled?: Shuffle,
    readonly batching?: Batching,
    /** Changes x in every walk: what comes out is not what stands in the columns. */
    readonly augmentation?: Augmentation,
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
    const positions = this.#positionsOf(walk);
    const { order } = this;
    return order && positions ? positions.map((position) => order[position]) : (positions ?? order);
  }

  /** Where the samples of one walk stood before the shuffle; undefined when there was none. */
  #positionsOf(walk: number): Int32Array | undefined {
    if (!this.shuffled) return undefined;
    const { seed, reshuffleEachIteration } = this.shuffled;
    const positions = Int32Array.from({ length: this.sampleCount }, (_, i) => i);
    return shuffle(positions, shuffleKey(seed, reshuffleEachIteration ? walk : 0));
  }

  /** True when every walk has the same order, so that positions can stand for samples. */
  get isSteady(): boolean {
    return !this.shuffled?.reshuffleEachIteration;
  }

  with(change: Partial<Pick<Selection, "columns" | "order" | "shuffled" | "batching" | "augmentation">>): Selection {
    const { columns, order, shuffled, batching, augmentation } = { ...this, ...change };
    return new Selection(columns, order, shuffled, batching, augmentation);
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
    const augmenting = this.augmentation?.begin(walk);
    const positions = augmenting && this.#positionsOf(walk);
    const columns = [...this.columns.x, ...this.columns.y].map((column) => toExactTensor(column, "dataset"));
    const exacts = new Map(columns.map((column) => [column, column.exact]));
    for (let i = 0; i < this.itemCount; i++) {
      const start = i * (this.batching?.size ?? 1);
      const end = Math.min(start + (this.batching?.size ?? 1), this.sampleCount);
      const rows = (column: Tensor) => {
        const gathered = gatherRows(column, order, start, end, exacts.get(column));
        return this.batching ? gathered : reshaped(gathered, gathered.shape.slice(1));
      };
      const item = mapColumns(this.columns, rows);
      await augmenting?.change(columnsOf(item).x[0], this.batching !== undefined, positions, start);
      yield item;
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
