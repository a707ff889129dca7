import { addressOf } from "../compiler/assemble";
import { compileProgram, type Kind, type Lowering, lowerFor, metricSumsOffset, type Recipe } from "../compiler/compile";
import { operationNames } from "../compiler/operationNames";
import type { Column, Feeds } from "../compiler/lower";
import {
  batchOf,
  type Capacity,
  covers,
  loweringKey,
  type MemoryMap,
  mapMemory,
  NO_CAPACITY,
  PROGRAM_SLOTS,
  SLICE_STEPS,
  union,
} from "./memoryMap";
import { alignBytes } from "../program/layout";
import type { Tensor, TensorData } from "../tensor/tensor";
import { sizeOf } from "../tensor/shape";
import type { Driver } from "../engine/workers/driver";
import type { Engine, LoadedProgram, Program, Span } from "../engine/engine";
import { basic, minimal } from "../engine/module/generated/contents";
import { moduleFor, type SmallBuild } from "../engine/module/modules";
import { canLead, canShareMemory } from "../engine/workers/sharing";
import { WasmEngine } from "../engine/wasm";
import { MemoryLimitError } from "../errors";
import { storageOf, type Value } from "../graph/graph";

export type EngineKind = Engine["kind"];

/** A program in memory, with the graph it came from. */
export interface ReadyProgram {
  readonly key: string;
  readonly address: number;
  readonly lowering: Lowering;
  readonly loaded: LoadedProgram;
}

/** Programs that are kept outside the memory, in case they are asked for again. */
const COMPILED_PROGRAMS = 512;

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
  /** The worker that runs programs, when one does. It stays when memory is laid out anew. */
  #driver?: Driver;
  /** Weights, state and optimizer slots: a part of the engine's memory as soon as there is one. */
  #lasting: Float32Array;
  /** As long as `lasting`: the memory of a training's checkpoints, for the next. Touched, it is filled several times as fast. */
  readonly spares: Float32Array[] = [];
  /** Most recently used last. */
  #programs: ReadyProgram[] = [];
  /** Programs by their keys, in the order in which they were compiled: to write one down again is cheap. */
  readonly #compiled = new Map<string, { readonly lowering: Lowering; readonly program: Program }>();
  /** What was asked for last, most often asked for again. */
  #latest?: { kind: Kind; batchSize: number; feeds: Feeds; program: ReadyProgram };

  /**
   * @param initial weights and state, one vector after the other; optimizer slots get their own initial values
   */
  constructor(
    readonly recipe: Recipe,
    readonly engineKind: EngineKind,
    initial: Float32Array,
  ) {
    this.#map = mapMemory(recipe, NO_CAPACITY);
    const { weights, gradients } = this.#map.bases;
    this.#lasting = new Float32Array((gradients - weights) / 4);
    this.#lasting.set(initial);
    recipe.optimizer?.slots.forEach((slot, i) => {
      const length = recipe.model.weights.bytes.weights / 4;
      const start = initial.length + i * length;
      // Zeros that nobody has written cost no memory.
      if (slot.initial !== 0) this.#lasting.fill(slot.initial, start, start + length);
    });
  }

  get map(): MemoryMap {
    return this.#map;
  }

  get engine(): Engine {
    return this.#engine!;
  }

  /** Weights, state and optimizer slots: a live view while there is an engine. After writing to it: `changedLasting`. */
  get lasting(): Float32Array {
    return this.#lasting;
  }

  /** A copy of weights and state, without the optimizer. */
  copyParameters(): Float32Array {
    const { weights, state } = this.recipe.model.weights.bytes;
    return this.#lasting.slice(0, (weights + state) / 4);
  }

  /** Tells the engine that somebody has written to `lasting`. */
  changedLasting(): void {
    const { address, bytes } = this.#lastingSpan;
    this.#engine?.wrote?.(address, bytes);
  }

  get #lastingSpan(): Span {
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

  /** Makes room. Returns at once when there is enough already. */
  async reserve(need: Partial<Capacity>): Promise<void> {
    const wanted = union(this.#capacity, { ...NO_CAPACITY, ...need });
    if (!this.#engine || this.#engine.isBroken || !covers(this.#capacity, wanted)) await this.#layOut(wanted);
    await this.#engine?.prepare?.();
  }

  async #layOut(wanted: Capacity): Promise<void> {
    const map = mapMemory(this.recipe, wanted);
    const engine = await this.#createEngine(map);
    this.#engine?.dispose?.();
    const { weights, gradients } = map.bases;
    const lasting = (engine.memory.heap as Float32Array).subarray(weights / 4, gradients / 4);
    lasting.set(this.#lasting);
    this.#lasting = lasting;
    this.#capacity = wanted;
    this.#map = map;
    this.#engine = engine;
    this.#programs = [];
    this.#compiled.clear();
    this.#latest = undefined;
    this.changedLasting();
  }

  /** What most do without is loaded when somebody asks for it. */
  async #createEngine(map: MemoryMap): Promise<Engine> {
    const { totalBytes, threads, step } = map;
    const { engineKind } = this;
    if (engineKind !== "wasm") return this.#createJsEngine(map, engineKind);
    const isElsewhere = this.recipe.worker || (threads > 1 && !canLead());
    const isShared = threads > 1 || (isElsewhere && canShareMemory());
    const operations = operationNames(this.recipe, map.lowerings.values());
    const { math = "strict", requiresWasm = false } = this.recipe;
    let module: WebAssembly.Module;
    try {
      module = await moduleFor({ math, isShared, operations }, SMALL_BUILDS);
    } catch (error) {
      (await import("../engine/fallback")).standIn(error, requiresWasm);
      return this.#createJsEngine(map, "js");
    }
    if (isElsewhere) return this.#createWorkerEngine(module, map, isShared);
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
    if (latest && latest.feeds === feeds && latest.kind === kind && latest.batchSize === batchSize)
      return latest.program;
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
    const { programs, programBytes } = this.#map;
    const { length } = this.#programs;
    const address = length < PROGRAM_SLOTS ? programs + length * programBytes : this.#programs.shift()!.address;
    const { lowering, program } = this.#compiled.get(key) ?? this.#lower(kind, batchSize, feeds, key);
    return { key, address, lowering, loaded: this.engine.load(program, address, this.#resultsOf(lowering)) };
  }

  #lower(kind: Kind, batchSize: number, feeds: Feeds, key: string): { lowering: Lowering; program: Program } {
    const { bases, lowerings } = this.#map;
    const { plan } = lowerings.get(loweringKey(kind, feeds))!;
    const lowering = lowerFor(this.recipe, kind, batchSize, feeds);
    const compiled = { lowering: { ...lowering, plan }, program: compileProgram(this.recipe, lowering, plan, bases) };
    const [oldest] = this.#compiled.keys();
    if (this.#compiled.size >= COMPILED_PROGRAMS) this.#compiled.delete(oldest);
    this.#compiled.set(key, compiled);
    return compiled;
  }

  /** What is read after a run of a program. */
  #resultsOf(lowering: Lowering): Span[] {
    const { kind, plan, inputs, outputs } = lowering;
    const { bases } = this.#map;
    if (kind === "train") return [this.#lastingSpan];
    if (kind === "evaluate") return [];
    const spanOf = (value: Value, address: number) => ({ address, bytes: 4 * sizeOf(value.shape) });
    const results = outputs.map((value) => spanOf(value, addressOf(storageOf(value), plan, bases)));
    if (kind === "predict") return results;
    const { gradients, totals } = bases;
    const ofInputs = inputs.map((value) => spanOf(value, this.#gradientAddress(lowering, value)!));
    return [...results, ...ofInputs, { address: gradients, bytes: totals - gradients }];
  }

  /** Ends a run elsewhere that does not come to its end. */
  giveUp(): void {
    this.#engine?.giveUp?.();
  }

  /** Leaves the memory of a broken engine, in which a thread may still be writing, for these values. */
  leaveMemory(lasting: Float32Array): void {
    this.#lasting = lasting;
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

  /** Whether programs run on another thread than this one. */
  get isElsewhere(): boolean {
    return this.#driver !== undefined;
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

  /** Copies a tensor of samples into the data region, from this byte on; its column ends where the next may begin. */
  loadColumn(tensor: Tensor, offset: number): Column {
    const { data, dtype, shape } = tensor;
    const address = this.#map.bases.data + offset;
    viewAt(this.engine, data, address).set(data);
    this.engine.wrote?.(address, data.byteLength);
    return { dtype, offset, size: data.length / shape[0] };
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

  /** Losses of the steps of the last run, live. */
  get losses(): Float64Array {
    const first = this.#map.losses / 8;
    return this.engine.memory.totals.subarray(first, first + SLICE_STEPS);
  }

  /** Learning rates of the steps of the next run, live. */
  get learningRates(): Float64Array {
    const first = this.#map.learningRates / 8;
    return this.engine.memory.totals.subarray(first, first + SLICE_STEPS);
  }

  /** The sample numbers of coming steps, live. */
  get order(): Int32Array {
    const first = this.#map.order / 4;
    return this.engine.memory.integers.subarray(first, first + this.#capacity.order);
  }
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
