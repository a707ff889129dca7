import { breatheBefore } from "../platform/breathe";
import { addressOf } from "../compiler/assemble";
import {
  compileProgram,
  compileUpdate,
  isPrediction,
  type Kind,
  type Lowering,
  metricSumsOffset,
  type Recipe,
} from "../compiler/compile";
import { type LoweringKey, Lowerings, mostWeights, weightSizesOf } from "../compiler/lowerings";
import { operationNames } from "../compiler/operationNames";
import { type Feeds, lengthOfColumns } from "../compiler/lower";
import {
  batchOf,
  type Capacity,
  covers,
  type MemoryMap,
  mapMemory,
  needsOf,
  NO_CAPACITY,
  planKey,
  SLICE_STEPS,
  union,
} from "./memoryMap";
import { alignBytes } from "../program/layout";
import type { Tensor, TensorData } from "../tensor/tensor";
import { sizeOf } from "../tensor/shape";
import type { Driver } from "../engine/workers/driver";
import type { Engine, LoadedProgram } from "../engine/engine";
import { type Program, programBytes, type Span } from "../program/program";
import { basic, minimal } from "../engine/module/generated/contents";
import { moduleFor, type SmallBuild } from "../engine/module/modules";
import { canLead, canShareMemory } from "../engine/workers/sharing";
import { WasmEngine } from "../engine/wasm";
import { InternalError, MemoryLimitError } from "../errors";
import { storageOf, type Value } from "../graph/graph";
import { copyInSlices } from "../platform/slices";
import { WeightCopies } from "./weightCopies";
import type { Weight } from "../compiler/weightTable";

export type EngineKind = Engine["kind"];

/** A program in memory, with the graph it came from. */
export interface ReadyProgram {
  readonly key: string;
  readonly address: number;
  readonly lowering: Lowering;
  readonly loaded: LoadedProgram;
}

interface Assembled {
  readonly lowering: Lowering;
  readonly program: Program;
}

/** Assembled programs that are kept; the oldest makes room. */
const ASSEMBLED_PROGRAMS = 256;

/** Up to so many bytes of activations, a memory that grows grows by a quarter at least. */
const MOST_SPARED = 2 ** 28;

/** What programs are tried to be run with, the smallest first. */
const SMALL_BUILDS: readonly SmallBuild[] = [
  { build: "minimal", operations: minimal },
  { build: "basic", operations: basic },
];

/**
 * A model's memory and the programs in it. It grows by being laid out anew, between runs and never during one; weights,
 * state and optimizer move along. Before its first use it is only the values that would be there.
 */
export class Runtime {
  #capacity: Capacity = NO_CAPACITY;
  #map: MemoryMap;
  #engine?: Engine;
  /** The operations that the engine was made for. */
  #operations: ReadonlySet<string> = new Set();
  /** The worker that runs programs, when one does. It stays when memory is laid out anew. */
  #driver?: Driver;
  /** Weights, state and optimizer slots: a part of the engine's memory as soon as there is one. */
  #persistent: Float32Array;
  /** As long as `persistent`: the memory of a training's checkpoints, for the next. Touched, it is filled several times as fast. */
  readonly spares: Float32Array[] = [];
  /** Most recently used last. */
  #programs: ReadyProgram[] = [];
  /** Bytes of the programs' region that are in use. */
  #programEnd = 0;
  #losses!: Float64Array;
  #learningRates!: Float64Array;
  #order!: Int32Array;
  /** Programs for this memory, also those that have made room for others: to write one down again is quick. */
  readonly #assembled = new Map<string, Assembled>();
  /** What was asked for last, most often asked for again. */
  #latest?: { kind: Kind; batchSize: number; feeds: Feeds; program: ReadyProgram };

  /** How many numbers of `persistent` may be other than 0: of an optimizer that has done nothing, zeros need not be copied. */
  #writtenLength = 0;
  /** How many of them are weights and state. */
  readonly #parameterLength: number;
  /** Counts what is written to `persistent` between runs. */
  #writes = 0;
  /** The copies of the layers' weights in this memory. */
  readonly copies: WeightCopies;

  constructor(
    readonly lowerings: Lowerings,
    readonly engineKind: EngineKind,
    /** Whether another memory of the model has its weights, of which this one gets copies. */
    readonly isBeside = false,
  ) {
    const { model, optimizer } = lowerings.recipe;
    this.#map = mapMemory(lowerings, NO_CAPACITY);
    const { weights, gradients } = this.#map.bases;
    const bytes = model.weights.bytes;
    this.#persistent = new Float32Array((gradients - weights) / 4);
    this.#parameterLength = (bytes.weights + bytes.state) / 4;
    this.copies = new WeightCopies(model.weights, model.seed, this);
    const length = bytes.weights / 4;
    optimizer?.slots.forEach(({ initial }, i) => {
      if (initial === 0) return;
      const start = this.#parameterLength + i * length;
      this.#persistent.fill(initial, start, start + length);
      this.#writtenLength = start + length;
    });
  }

  get recipe(): Recipe {
    return this.lowerings.recipe;
  }

  /** From now on the optimizer's slots hold more than what they begin with. */
  writesSlots(): void {
    this.#writtenLength = this.#persistent.length;
  }

  get map(): MemoryMap {
    return this.#map;
  }

  get engine(): Engine {
    return this.#engine!;
  }

  /** Weights, state and optimizer slots: a live view while there is an engine. After writing to it: `changedPersistent`. */
  get persistent(): Float32Array {
    return this.#persistent;
  }

  /** Tells the engine that somebody has written to `persistent`. */
  changedPersistent(): void {
    this.#writes++;
    this.#writtenLength = Math.max(this.#writtenLength, this.#parameterLength);
    const { address, bytes } = this.#persistentSpan;
    this.#engine?.wrote?.(address, bytes);
  }

  get #persistentSpan(): Span {
    const { weights, gradients } = this.#map.bases;
    return { address: weights, bytes: gradients - weights };
  }

  /** Calls back while no step runs. */
  async betweenRuns<T>(visit: () => T): Promise<T> {
    return this.#engine?.betweenRuns ? this.#engine.betweenRuns(visit) : visit();
  }

  /** Blocks until no step runs; returns how many updates have been done of which nobody has been told yet. */
  settle(): number {
    return this.#engine?.settle?.() ?? 0;
  }

  /** Whether a thread can be lost in the middle of an update. */
  get mayLoseThreads(): boolean {
    return this.#driver !== undefined || this.#map.threads > 1;
  }

  /**
   * Makes room, and brings the weights up to date. Returns a promise only when there is something to do.
   *
   * @param programs of a model with an open length: all that will run until more is reserved
   */
  reserve(need: Partial<Capacity>, programs: readonly LoweringKey[] = []): Promise<void> | undefined {
    const announced = this.#announce(programs);
    const isReady = this.#engine && !this.#engine.isBroken && this.#knows(announced);
    // Most models announce no programs: nothing is made for them then.
    if (isReady && announced.length === 0 && covers(this.#capacity, need)) return this.#prepare();
    const wanted = this.#union(need, announced);
    if (isReady && covers(this.#capacity, wanted)) return this.#prepare();
    const { arenaBytes } = this.#capacity;
    // Sequences that grow one by one are not to lay memory out anew each time.
    const spare = wanted.arenaBytes > arenaBytes && arenaBytes < MOST_SPARED ? Math.ceil(arenaBytes * 1.25) : 0;
    const spared = { ...wanted, arenaBytes: Math.max(wanted.arenaBytes, spare) };
    return this.#layOut(spared, announced).then(() => this.#prepare());
  }

  #prepare(): Promise<void> | undefined {
    const preparing = this.#engine?.prepare?.();
    if (preparing) return preparing.then(() => this.#updateCopies());
    return this.#updateCopies();
  }

  #updateCopies(): Promise<void> | undefined {
    return this.isBeside ? undefined : this.copies.update();
  }

  /** The graphs of these programs, and of those for the longest sequences that were announced. */
  #announce(programs: readonly LoweringKey[]): Lowering[] {
    const { recipe } = this.lowerings;
    const { maxLength = 0 } = recipe;
    return programs.flatMap((key) => {
      const own = this.lowerings.of(key);
      if (maxLength <= key.length!) return [own];
      const weightSizes = key.weightSizes && mostWeights(recipe, maxLength);
      return [own, this.lowerings.of({ ...key, weightSizes, length: maxLength })];
    });
  }

  async #layOut(wanted: Capacity, announced: readonly Lowering[]): Promise<void> {
    const map = mapMemory(this.lowerings, wanted, announced);
    const operations = operationNames(this.recipe, [...map.lowerings.values(), ...announced]);
    // Those of programs that have been announced before may come again.
    if (this.lowerings.isOpen) for (const name of this.#operations) operations.add(name);
    if (this.#hasRoomFor(map, operations)) {
      this.#begin(wanted, map);
      return;
    }
    await breatheBefore();
    const engine = await this.#createEngine(map, operations);
    const { weights, gradients } = map.bases;
    const persistent = (engine.memory.heap as Float32Array).subarray(weights / 4, gradients / 4);
    await this.copyPersistent(persistent);
    this.#engine?.dispose?.();
    this.#persistent = persistent;
    this.#engine = engine;
    this.#operations = operations;
    this.#begin(wanted, map);
    this.changedPersistent();
  }

  /** Begins to use a map, under which no program has been written down yet. */
  #begin(capacity: Capacity, map: MemoryMap): void {
    this.#capacity = capacity;
    this.#map = map;
    this.#programs = [];
    this.#programEnd = 0;
    this.#assembled.clear();
    this.#latest = undefined;
    const { totals, integers } = this.engine.memory;
    this.#losses = totals.subarray(map.losses / 8, map.losses / 8 + SLICE_STEPS);
    this.#learningRates = totals.subarray(map.learningRates / 8, map.learningRates / 8 + SLICE_STEPS);
    this.#order = integers.subarray(map.order / 4, map.order / 4 + capacity.order);
  }

  /** Losses of the steps of the last run, live. */
  get losses(): Float64Array {
    return this.#losses;
  }

  /** Learning rates of the steps of the next run, live. */
  get learningRates(): Float64Array {
    return this.#learningRates;
  }

  /** The sample numbers of coming steps, live. */
  get order(): Int32Array {
    return this.#order;
  }

  /**
   * Whether the memory there is can be used under another map: what lasts stands where it stood, and there is room for the rest.
   * An evaluation behind a training of as much data takes its memory over: touching as much anew would take longer than all
   * else before its first step.
   */
  #hasRoomFor(map: MemoryMap, operations: ReadonlySet<string>): boolean {
    const engine = this.#engine;
    if (engine?.kind !== "wasm" || engine.isBroken || this.runsInWorker) return false;
    const { threads, workspaces, workspaceBytes } = this.#map;
    const isSameForThreads =
      threads === map.threads &&
      (threads === 1 || (workspaces === map.workspaces && workspaceBytes === map.workspaceBytes));
    return (
      isSameForThreads &&
      map.totalBytes <= engine.memory.bytes.length &&
      [...operations].every((name) => this.#operations.has(name))
    );
  }

  /**
   * Copies `persistent` into zeros or an older copy; while the event loop runs when there is much, and again when somebody has
   * written to it meanwhile.
   */
  copyPersistent(target: Float32Array): Promise<void> | undefined {
    const writes = this.#writes;
    const again = () => (writes === this.#writes ? undefined : this.copyPersistent(target));
    return copyInSlices(this.#persistent.subarray(0, this.#writtenLength), target)?.then(again);
  }

  /** What most do without is loaded when somebody asks for it. */
  async #createEngine(map: MemoryMap, operations: ReadonlySet<string>): Promise<Engine> {
    const { totalBytes, threads, step } = map;
    const { engineKind } = this;
    if (engineKind !== "wasm") return this.#createJsEngine(map, engineKind);
    const runsInWorker = this.recipe.worker || (threads > 1 && !canLead());
    const isShared = threads > 1 || (runsInWorker && canShareMemory());
    const { math = "strict", requiresWasm = false } = this.recipe;
    let module: WebAssembly.Module;
    try {
      module = await moduleFor({ math, isShared, operations }, SMALL_BUILDS);
    } catch (error) {
      (await import("../engine/fallback")).useFallback(error, requiresWasm);
      return this.#createJsEngine(map, "js");
    }
    if (runsInWorker) return this.#createWorkerEngine(module, map, isShared);
    if (!isShared) return this.#allocate(map, () => new WasmEngine(module, totalBytes, step));
    const { ThreadsEngine } = await import("../engine/workers/threads");
    return this.#allocate(map, () => new ThreadsEngine(module, totalBytes, threads, map));
  }

  async #createJsEngine(map: MemoryMap, kind: "js" | "float64"): Promise<Engine> {
    const { JsEngine } = await import("../engine/js");
    return this.#allocate(map, () => new JsEngine(map.totalBytes, kind));
  }

  async #createWorkerEngine(module: WebAssembly.Module, map: MemoryMap, isShared: boolean): Promise<Engine> {
    const { createWorkerEngine, employDriver } = await import("../engine/workers/workerEngines");
    const driver = employDriver(this, this.#driver);
    this.#driver = driver;
    const totals = { address: map.bases.totals, bytes: map.learningRates - map.bases.totals };
    return this.#allocate(map, () => createWorkerEngine(module, { ...map, totals }, isShared, driver));
  }

  #allocate(map: MemoryMap, create: () => Engine): Engine {
    try {
      return create();
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause;
      const megabytes = Math.ceil(map.totalBytes / 2 ** 20);
      throw new MemoryLimitError(`this machine has no ${megabytes} MB of memory for the model. Lower batchSize.`, {
        cause,
      });
    }
  }

  /** The program of this kind for this batch size and data, compiled when first asked for. */
  program(kind: Kind, batchSize: number, feeds: Feeds): ReadyProgram {
    const latest = this.#latest;
    if (latest?.kind === kind && latest.batchSize === batchSize && sameFeeds(latest.feeds, feeds)) {
      latest.feeds = feeds;
      return latest.program;
    }
    const program = this.#findOrCompile(kind, batchSize, feeds);
    this.#latest = { kind, batchSize, feeds, program };
    return program;
  }

  #findOrCompile(kind: Kind, batchSize: number, feeds: Feeds): ReadyProgram {
    const key = `${kind}:${batchSize}:${feedKey(feeds)}`;
    const index = this.#programs.findIndex((program) => program.key === key);
    if (index >= 0) {
      const [program] = this.#programs.splice(index, 1);
      this.#programs.push(program);
      return program;
    }
    const program = this.#compile(kind, batchSize, feeds, key);
    this.#programs.push(program);
    return program;
  }

  #compile(kind: Kind, batchSize: number, feeds: Feeds, key: string): ReadyProgram {
    const { lowering, program } = this.#assembled.get(key) ?? this.#assemble(kind, batchSize, feeds, key);
    const address = this.#placeProgram(program);
    return { key, address, lowering, loaded: this.engine.load(program, address, this.#resultsOf(lowering)) };
  }

  /** The program that ends a training step. There must be room for a batch of training. */
  updateProgram(): LoadedProgram {
    const key = "update";
    const known = this.#programs.find((program) => program.key === key);
    if (known) return known.loaded;
    const planned = this.#map.lowerings.get(planKey("train", false));
    const lowering = planned ?? this.lowerings.of(this.lowerings.trainingStep);
    const program = compileUpdate(this.recipe, lowering, this.#map.bases);
    const address = this.#placeProgram(program);
    const loaded = this.engine.load(program, address, [this.#persistentSpan]);
    // It may have taken the place of what was asked for last.
    this.#latest = undefined;
    this.#programs.push({ key, address, lowering, loaded });
    return loaded;
  }

  /** Writes down what the next update takes for the gradient of a weight. */
  writeGradient({ offset }: Weight, values: Float32Array): void {
    const address = this.#map.bases.gradients + offset;
    (this.engine.memory.heap as Float32Array).set(values, address / 4);
    this.engine.wrote?.(address, values.byteLength);
  }

  /** Room for a program, behind the last; where there is none all others make room, as they are quick to write down anew. */
  #placeProgram(program: Program): number {
    const { programs, programRegionBytes } = this.#map;
    const bytes = programBytes(program);
    if (this.#programEnd + bytes > programRegionBytes) {
      this.#programs = [];
      this.#programEnd = 0;
    }
    const address = programs + this.#programEnd;
    this.#programEnd += bytes;
    return address;
  }

  #assemble(kind: Kind, batchSize: number, feeds: Feeds, key: string): Assembled {
    const { bases, lowerings } = this.#map;
    const weightSizes = weightSizesOf(feeds);
    // A smaller batch uses the addresses of the largest.
    const largest = lowerings.get(planKey(kind, weightSizes !== undefined));
    const length = lengthOfColumns(this.recipe.model, feeds.x);
    const own = this.lowerings.of({ kind, batchSize, weightSizes, length });
    const plan = (largest ?? own).plan;
    if (plan.bytes > this.#map.workspaces - bases.arena) throw new InternalError(`no room for a ${kind} of ${length}`);
    const lowering = { ...own, plan };
    const assembled = { lowering, program: compileProgram(this.recipe, lowering, plan, bases, feeds) };
    const [oldest] = this.#assembled.keys();
    if (this.#assembled.size >= ASSEMBLED_PROGRAMS) this.#assembled.delete(oldest);
    this.#assembled.set(key, assembled);
    return assembled;
  }

  /** What is read after a run of a program. */
  #resultsOf(lowering: Lowering): Span[] {
    const { kind, plan, inputs, outputs } = lowering;
    const { bases } = this.#map;
    if (kind === "train") return [this.#persistentSpan];
    if (kind === "evaluate") return [];
    const spanOf = (value: Value, address: number) => ({ address, bytes: 4 * sizeOf(value.shape) });
    const results = outputs.map((value) => spanOf(value, addressOf(storageOf(value), plan, bases)));
    if (isPrediction(kind)) return results;
    const { gradients, totals } = bases;
    const ofInputs = inputs.map((value) => spanOf(value, this.#gradientAddress(lowering, value)!));
    return [...results, ...ofInputs, { address: gradients, bytes: totals - gradients }];
  }

  /** A second memory for the same programs, on one thread. */
  makeAside(): Runtime {
    return new Runtime(new Lowerings({ ...this.recipe, threads: 1 }), this.engineKind, true);
  }

  /** Ends a run elsewhere that does not come to its end. */
  giveUp(): void {
    this.#engine?.giveUp?.();
  }

  /** Leaves the memory of a broken engine, in which a thread may still be writing, for these values. */
  leaveMemory(persistent: Float32Array): void {
    this.#persistent = persistent;
  }

  /** Gives back the threads. */
  dispose(): void {
    this.#engine?.dispose?.();
    this.#driver?.end();
  }

  /** Largest batch there is room for. */
  batchCapacity(kind: Kind): number {
    return batchOf(this.#capacity, kind);
  }

  /** Where values like these stand in the data region when they begin at this byte. */
  columnView(values: TensorData, offset: number): TensorData {
    return viewAt(this.engine, values, this.#map.bases.data + offset);
  }

  /** Tells the engine that so many bytes of the data region have been written. */
  wroteColumn(offset: number, bytes: number): void {
    this.engine.wrote?.(this.#map.bases.data + offset, bytes);
  }

  /** Whether programs run on another thread than this one. */
  get runsInWorker(): boolean {
    return this.#driver !== undefined;
  }

  /** What there is room for. */
  get capacity(): Capacity {
    return this.#capacity;
  }

  /** Bytes of data that a pass has places for. */
  dataEnd = 0;

  /** Whether there is room for a program of a model with an open length. */
  hasRoomForProgram(key: LoweringKey): boolean {
    const lowerings = [this.lowerings.of(key)];
    return this.#engine !== undefined && this.#knows(lowerings) && covers(this.#capacity, this.#union({}, lowerings));
  }

  /** What there is room for and what is needed besides, also by programs that have plans of their own. */
  #union(need: Partial<Capacity>, announced: readonly Lowering[]): Capacity {
    const needs = [need, ...announced.map((lowering) => needsOf(this.recipe, lowering))];
    return needs.reduce<Capacity>((sum, one) => union(sum, { ...NO_CAPACITY, ...one }), this.#capacity);
  }

  /** Whether the engine was made for all operations of these. */
  #knows(lowerings: readonly Lowering[]): boolean {
    return lowerings.every(({ graph }) => graph.operations.every(({ op }) => this.#operations.has(op.name)));
  }

  /** How many samples of these columns there is room for. */
  samplesOf(columns: readonly Tensor[]): number {
    const { dataBytes, order } = this.#capacity;
    const sizes = columns.map(({ data, shape }) => data.byteLength / shape[0]);
    const bytesOf = (count: number) => sizes.reduce((sum, size) => sum + alignBytes(count * size), 0);
    let count = Math.min(columns[0].shape[0], order);
    while (count > 0 && bytesOf(count) > dataBytes) {
      // Every column ends where the next may begin, which takes less than that.
      count = Math.min(count - 1, Math.ceil((count * dataBytes) / bytesOf(count)));
    }
    return count;
  }

  /** float32 numbers of a value of a program; a view, valid until the next run. */
  read(program: ReadyProgram, value: Value): Float32Array {
    const address = addressOf(storageOf(value), program.lowering.plan, this.#map.bases);
    return this.#floats(address, value.shape);
  }

  /** Gradient of a value of a program, or undefined when nobody computed one. */
  readGradient(program: ReadyProgram, value: Value): Float32Array | undefined {
    const address = this.#gradientAddress(program.lowering, value);
    return address === undefined ? undefined : this.#floats(address, value.shape);
  }

  #gradientAddress({ differentiation, plan }: Lowering, value: Value): number | undefined {
    const storage = storageOf(value);
    if (!differentiation.gradients.has(storage)) return undefined;
    const { bases } = this.#map;
    return storage.place ? bases.gradients + storage.place.offset : bases.arena + plan.gradients.get(storage.id)!;
  }

  #floats(address: number, shape: readonly number[]): Float32Array {
    return (this.engine.memory.heap as Float32Array).subarray(address / 4, address / 4 + sizeOf(shape));
  }

  /** float64 sums of the metrics, live. */
  metricSums(kind: Kind): Float64Array {
    const { totals } = this.#map.bases;
    const first = (totals + metricSumsOffset(this.recipe, kind)) / 8;
    const other = metricSumsOffset(this.recipe, "evaluate") - metricSumsOffset(this.recipe, "train");
    return this.engine.memory.totals.subarray(first, first + other / 8);
  }
}

function sameColumns(a: Feeds["sampleWeights"], b: Feeds["sampleWeights"]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) {
    const [one, other] = [a[i], b[i]];
    if (one?.dtype !== other?.dtype || one?.offset !== other?.offset || one?.size !== other?.size) return false;
  }
  return true;
}

/** Whether programs for these are the same. */
function sameFeeds(a: Feeds, b: Feeds): boolean {
  if (a === b) return true;
  return sameColumns(a.x, b.x) && sameColumns(a.y, b.y) && sameColumns(a.sampleWeights, b.sampleWeights);
}

/** Columns that differ in type or place need rows of their own. */
function feedKey({ x, y, sampleWeights }: Feeds): string {
  const columns = [...x, ...y, ...sampleWeights];
  return columns.map((column) => (column ? `${column.dtype}@${column.offset}×${column.size}` : "")).join(",");
}

/** A view of the engine's memory in the type of the data. */
function viewAt(engine: Engine, data: TensorData, address: number): TensorData {
  const { heap, integers, bytes } = engine.memory;
  if (data instanceof Float32Array) return (heap as Float32Array).subarray(address / 4, address / 4 + data.length);
  if (data instanceof Int32Array) return integers.subarray(address / 4, address / 4 + data.length);
  return bytes.subarray(address, address + data.length);
}
