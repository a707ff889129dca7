import { batchSizeOf } from "../graph/batches";
import { alignBytes } from "../program/layout";
import type { Kind, Recipe } from "../compiler/compile";
import type { Column } from "../compiler/lower";
import { type LoweringKey, mostWeights } from "../compiler/lowerings";
import type { Dataset } from "../data/dataset";
import { columnsOf, listOf, type Item } from "../data/item";
import type { Tensor } from "../tensor/tensor";
import { sizeOf } from "../tensor/shape";
import { DataError } from "../errors";
import { shapeOf } from "../graph/node";
import type { Runtime } from "../runtime/runtime";
import { readColumns } from "./readColumns";
import { reserveMore } from "./reserveMore";
import { checkDatasetShapes } from "./inputs";
import { type Feed, fillInOrder, loadColumn, type Portion, programsFor } from "./feed";
import type { Samples } from "./samples";

/** The types of all columns, how large they are and how many weights a sample has: those of one portion must agree. */
function kindOf({ x, y, sampleWeights = [] }: Samples): string {
  const sizes = [...x, ...y, ...sampleWeights].map(({ size, shape }) => size / shape[0]);
  return [...[...x, ...y].map(({ dtype }) => dtype), ...sizes].join();
}

/** Batches of a stream that are in memory at once. */
const PORTION_BATCHES = 8;

/** Where a walk is. */
interface Walk {
  readonly items: AsyncIterator<Item>;
  /** Batches read so far. */
  batches: number;
  /** A batch that did not fit into the portion before. */
  waiting?: Samples;
}

/** A dataset that must be walked: a few batches are in memory at once. */
export class StreamFeed implements Feed {
  readonly canReplay = false;
  /** What items will bring shows when they come. */
  readonly isWeighted = true;
  readonly order: number;
  readonly dataBytes: number;
  readonly steps?: number;
  #runtime!: Runtime;
  #kind!: Kind;
  #dataOffset = 0;
  /** Bytes from there on that are its own. */
  #room = 0;
  #orderOffset = 0;
  #walk?: Walk;

  /** @param dataset batched */
  constructor(
    private readonly dataset: Dataset,
    private readonly recipe: Recipe,
    private readonly who: string,
    readonly batchSize: number,
  ) {
    this.order = batchSize * PORTION_BATCHES;
    this.steps = dataset.size;
    const { maxLength } = recipe;
    // Of an open length that nobody has announced, the first batch tells.
    const isUnknown = maxLength === undefined && recipe.model.inputs.some((node) => node.isOpen);
    const { inputs, outputs } = recipe.model;
    const columns = isUnknown ? [] : [...inputs, ...outputs].map((node) => sizeOf(shapeOf(node, maxLength)));
    // Whether there are weights, the first batch tells.
    const weights = isUnknown ? [] : mostWeights(recipe, maxLength);
    this.dataBytes = [...columns, ...weights].reduce((bytes, size) => bytes + alignBytes(4 * size * this.order), 0);
  }

  programs(): readonly LoweringKey[] {
    return [];
  }

  load(runtime: Runtime, kind: Kind, dataOffset: number, orderOffset: number): undefined {
    this.#runtime = runtime;
    this.#kind = kind;
    this.#dataOffset = dataOffset;
    this.#room = this.dataBytes;
    this.#orderOffset = orderOffset;
    fillInOrder(runtime.order.subarray(orderOffset, orderOffset + this.order));
  }

  async next(epoch: number, index: number): Promise<Portion | undefined> {
    if (index === 0) {
      await this.close();
      this.#walk = { items: this.dataset.iterate(epoch)[Symbol.asyncIterator](), batches: 0 };
    }
    const walk = this.#walk!;
    const batches = await this.#readBatches(walk);
    // Closed meanwhile, the memory belongs to another feed.
    if (walk !== this.#walk) return undefined;
    return batches.length ? await this.#loadBatches(batches) : undefined;
  }

  async close(): Promise<void> {
    const walk = this.#walk;
    this.#walk = undefined;
    await walk?.items.return?.();
  }

  /** Batches until there are enough, or one of another kind or size ends the portion. */
  async #readBatches(walk: Walk): Promise<Samples[]> {
    const batches: Samples[] = [];
    while (batches.length < PORTION_BATCHES) {
      const batch = walk.waiting ?? (await this.#readBatch(walk));
      walk.waiting = undefined;
      if (!batch) break;
      if (batches.length && (batch.count > batches[0].count || kindOf(batch) !== kindOf(batches[0]))) {
        walk.waiting = batch;
        break;
      }
      batches.push(batch);
      if (batch.count < batches[0].count) break;
    }
    return batches;
  }

  async #readBatch(walk: Walk): Promise<Samples | undefined> {
    const { value, done } = await walk.items.next();
    if (done) return undefined;
    // Samples are counted within their batch: where a stream has them from, nobody knows.
    const who = `${this.who}, batch ${walk.batches++} of the dataset`;
    checkDatasetShapes(this.recipe.model.inputs, listOf(value.x), who);
    const samples = readColumns(this.recipe, columnsOf(value), this.who, who);
    const size = batchSizeOf(this.recipe.model);
    if (size !== undefined && samples.count !== size) {
      throw new DataError(`${who}: has ${samples.count} samples, the model takes batches of ${size}.`);
    }
    if (samples.count > this.batchSize) {
      throw new DataError(`${who}: has ${samples.count} samples, expected at most ${this.batchSize}.`);
    }
    return samples;
  }

  /** Sequences may be longer than all before: more room is taken behind that of all feeds. */
  async #makeRoom(first: Samples, count: number, capacity: number): Promise<void> {
    const programs = programsFor(this.recipe, this.#kind, first, count, first.count);
    if (programs.length === 0) return;
    const columns = [...first.x, ...first.y, ...(first.sampleWeights ?? [])];
    const bytes = columns.reduce(
      (sum, { data, shape }) => sum + alignBytes((data.byteLength / shape[0]) * capacity),
      0,
    );
    const runtime = this.#runtime;
    if (bytes > this.#room) {
      // Twice the room it had: what it leaves behind is never more than what it has.
      this.#room = Math.max(bytes, 2 * this.#room);
      this.#dataOffset = runtime.dataEnd;
      runtime.dataEnd += alignBytes(this.#room);
    }
    const need = { [`${this.#kind}Batch`]: first.count, dataBytes: runtime.dataEnd };
    await reserveMore(runtime, need, programs);
  }

  async #loadBatches(batches: readonly Samples[]): Promise<Portion> {
    const count = batches.reduce((sum, batch) => sum + batch.count, 0);
    const capacity = batches[0].count * PORTION_BATCHES;
    await this.#makeRoom(batches[0], count, capacity);
    let offset = this.#dataOffset;
    const load = async (tensors: readonly Tensor[]): Promise<Column> => {
      const size = tensors[0].size / tensors[0].shape[0];
      const bytesPerSample = size * tensors[0].data.BYTES_PER_ELEMENT;
      let end = offset;
      for (const tensor of tensors) {
        const pending = loadColumn(this.#runtime, tensor, end);
        if (pending) await pending;
        end += tensor.data.byteLength;
      }
      const column = { dtype: tensors[0].dtype, offset, size };
      offset += alignBytes(bytesPerSample * capacity);
      return column;
    };
    const columns = async (side: "x" | "y" | "sampleWeights") => {
      const loaded: Column[] = [];
      for (let i = 0; i < (batches[0][side]?.length ?? 0); i++) {
        loaded.push(await load(batches.map((batch) => batch[side]![i])));
      }
      return loaded;
    };
    const x = await columns("x");
    const y = await columns("y");
    const weights = await columns("sampleWeights");
    const feeds = { x, y, sampleWeights: y.map((_, i): Column | undefined => weights[i]) };
    return { feeds, order: this.#runtime.map.order + 4 * this.#orderOffset, count, batchSize: batches[0].count };
  }
}
