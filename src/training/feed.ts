import { breatheBefore } from "../platform/breathe";
import { isPrediction, type Kind, type Recipe } from "../compiler/compile";
import type { Column, Feeds } from "../compiler/lower";
import type { LoweringKey } from "../compiler/lowerings";
import { lengthOf } from "../graph/openShapes";
import { alignBytes } from "../program/layout";
import type { Tensor } from "../tensor/tensor";
import type { MemoryMap } from "../runtime/memoryMap";
import type { Runtime } from "../runtime/runtime";
import { deriveKey, shuffle } from "../numeric/random";
import { SEED_STREAM } from "../runtime/initialValues";
import { copyInSlices } from "../platform/slices";
import { BorrowedTensor } from "./borrowedTensor";
import type { Samples } from "./samples";

/** Samples that stand in memory, and where the numbers of the order in which to see them begin. */
export interface Portion {
  readonly feeds: Feeds;
  /** Byte address of the order. */
  readonly order: number;
  readonly count: number;
  readonly batchSize: number;
}

/** Writes the sample numbers of an epoch into the array it is given. */
export type OrderOf = (epoch: number, target: Int32Array) => void;

/** A source of portions. Epochs can be asked for in any order, and the same epoch is always the same. */
export interface Feed {
  readonly batchSize: number;
  /** Samples of an epoch, when known. */
  readonly count?: number;
  /** Steps of an epoch, when known. */
  readonly steps?: number;
  /** Whether samples have weights. */
  readonly isWeighted: boolean;
  /** Whether the portion of an epoch can be asked for again. */
  readonly canReplay: boolean;
  /** Room it needs in memory. */
  readonly order: number;
  readonly dataBytes: number;
  /** The programs that a pass of this kind takes; of models with a fixed length, and of what is not known before it comes, none. */
  programs(recipe: Recipe, kind: Kind): readonly LoweringKey[];
  /**
   * Takes its room: bytes of the data region and entries of the order from these on. Returns a promise when there is more to
   * copy than can be done at once.
   */
  load(runtime: Runtime, kind: Kind, dataOffset: number, orderOffset: number): Promise<void> | undefined;
  /** The portion of an epoch with this number, undefined behind the last. Replaces the one before. */
  next(epoch: number, index: number): Portion | undefined | Promise<Portion | undefined>;
  /** Lets go of what a walk under way has opened. */
  close(): void | Promise<void>;
}

/** Places columns behind each other in the data region. */
function placeColumns(samples: Samples, dataOffset: number): { feeds: Feeds; placed: [Tensor, Column][] } {
  let offset = dataOffset;
  const placed: [Tensor, Column][] = [];
  const place = (tensor: Tensor): Column => {
    const { data, dtype, shape } = tensor;
    const column = { dtype, offset, size: data.length / shape[0] };
    placed.push([tensor, column]);
    offset += alignBytes(data.byteLength);
    return column;
  };
  const x = samples.x.map(place);
  const y = samples.y.map(place);
  const weights = samples.sampleWeights?.map(place);
  return { feeds: { x, y, sampleWeights: y.map((_, i) => weights?.[i]) }, placed };
}

/** Copies a tensor of samples to its place; returns a promise when it could not be done at once. */
export function loadColumn(runtime: Runtime, tensor: Tensor, offset: number): Promise<void> | undefined {
  const target = runtime.columnView(tensor.data, offset);
  const bytes = tensor.data.byteLength;
  const pending = tensor instanceof BorrowedTensor ? tensor.copyTo(target) : copyInSlices(tensor.data, target);
  if (pending) return pending.then(() => runtime.wroteColumn(offset, bytes));
  runtime.wroteColumn(offset, bytes);
  return undefined;
}

/** Copies all of them, one after the other; returns a promise when it could not be done at once. */
function loadColumns(runtime: Runtime, placed: readonly [Tensor, Column][], first = 0): Promise<void> | undefined {
  for (let i = first; i < placed.length; i++) {
    const [tensor, { offset }] = placed[i];
    const pending = loadColumn(runtime, tensor, offset);
    if (pending) return pending.then(() => loadColumns(runtime, placed, i + 1));
  }
  return undefined;
}

/** Bytes that the columns of samples take in the data region. */
export function columnBytes({ x, y, sampleWeights = [] }: Samples): number {
  let bytes = 0;
  for (const columns of [x, y, sampleWeights]) for (const { data } of columns) bytes += alignBytes(data.byteLength);
  return bytes;
}

/** The programs of a model with an open length for batches of some samples, the last of which may have fewer. */
export function programsFor(
  { model }: Recipe,
  kind: Kind,
  { x, sampleWeights }: Pick<Samples, "x" | "sampleWeights">,
  count: number,
  batchSize: number,
): LoweringKey[] {
  const length = lengthOf(model.inputs, x);
  if (length === undefined) return [];
  const weightSizes = isPrediction(kind) ? undefined : sampleWeights?.map(({ size, shape }) => size / shape[0]);
  const sizes = new Set([Math.min(batchSize, count), count % batchSize]);
  return [...sizes].filter(Boolean).map((size) => ({ kind, batchSize: size, weightSizes, length }));
}

/** Samples that fit into memory: loaded once, then only their order changes. */
export class ResidentFeed implements Feed {
  readonly canReplay = true;
  readonly steps: number;
  readonly order: number;
  readonly dataBytes: number;
  readonly isWeighted: boolean;
  #feeds!: Feeds;
  #runtime!: Runtime;
  #orderOffset = 0;
  /** What the places below are those of. */
  #map?: MemoryMap;
  #order!: Int32Array;
  #portion!: Portion;

  /** @param orderOf absent: the samples as they stand */
  constructor(
    private readonly samples: Samples,
    readonly batchSize: number,
    private readonly orderOf?: OrderOf,
    /** Samples of an epoch; fewer than there are when an incomplete last batch is dropped. */
    readonly count = samples.count,
  ) {
    this.order = count;
    this.steps = Math.ceil(count / batchSize);
    this.dataBytes = columnBytes(samples);
    this.isWeighted = samples.sampleWeights !== undefined;
  }

  programs(recipe: Recipe, kind: Kind): readonly LoweringKey[] {
    return programsFor(recipe, kind, this.samples, this.count, this.batchSize);
  }

  load(runtime: Runtime, _kind: Kind, dataOffset: number, orderOffset: number): Promise<void> | undefined {
    return loadColumns(runtime, this.#place(runtime, dataOffset, orderOffset));
  }

  /** The same without letting the event loop run. */
  loadAtOnce(runtime: Runtime): void {
    for (const [{ data }, { offset }] of this.#place(runtime, 0, 0)) {
      runtime.columnView(data, offset).set(data);
      runtime.wroteColumn(offset, data.byteLength);
    }
  }

  #place(runtime: Runtime, dataOffset: number, orderOffset: number): [Tensor, Column][] {
    const { feeds, placed } = placeColumns(this.samples, dataOffset);
    this.#feeds = feeds;
    this.#runtime = runtime;
    this.#orderOffset = orderOffset;
    this.#locate();
    if (!this.orderOf) fillInOrder(this.#order);
    return placed;
  }

  /** Finds its order in the memory, which may have been laid out anew. */
  #locate(): void {
    const { map, order } = this.#runtime;
    this.#map = map;
    this.#order = order.subarray(this.#orderOffset, this.#orderOffset + this.count);
    this.#portion = {
      feeds: this.#feeds,
      order: map.order + 4 * this.#orderOffset,
      count: this.count,
      batchSize: Math.min(this.batchSize, this.count),
    };
  }

  next(epoch: number, index: number): Portion | undefined {
    if (index > 0) return undefined;
    if (this.#map !== this.#runtime.map) this.#locate();
    this.orderOf?.(epoch, this.#order);
    return this.#portion;
  }

  close(): void {}
}

/** 0, 1, 2, … */
export function fillInOrder(order: Int32Array): void {
  for (let i = 0; i < order.length; i++) order[i] = i;
}

/** A new permutation every epoch, from the model's seed. */
export function shuffledBy(seed: number): OrderOf {
  return (epoch, target) => {
    fillInOrder(target);
    shuffle(target, deriveKey(seed, SEED_STREAM.order, epoch));
  };
}

/** Bytes above which reading, loading and shuffling take long enough to be tasks of their own. */
const SMALL_BYTES = 2 ** 18;

/** A breath between the stages of a training, where its data is so much that one of them may take milliseconds. */
export function breatheAmid({ dataBytes }: Feed): Promise<void> | undefined {
  return dataBytes > SMALL_BYTES ? breatheBefore() : undefined;
}

/** The most samples a step of this feed can have. */
export function largestBatch(feed: Feed): number {
  return Math.min(feed.batchSize, feed.count ?? feed.batchSize);
}

/** Makes room for a feed that nothing else stands beside, and loads it; returns a promise when it could not be done at once. */
export function loadAlone(runtime: Runtime, kind: Kind, feed: Feed): Promise<void> | undefined {
  const reserving = runtime.reserve(
    {
      [`${kind}Batch`]: largestBatch(feed),
      order: feed.order,
      dataBytes: feed.dataBytes,
      weighted: feed.isWeighted ? 1 : 0,
    },
    feed.programs(runtime.recipe, kind),
  );
  const load = () => {
    runtime.dataEnd = feed.dataBytes;
    return feed.load(runtime, kind, 0, 0)?.then(breatheBefore);
  };
  return reserving ? reserving.then(load) : load();
}
