import type { Bases } from "../compiler/assemble";
import type { ModelGraph } from "../compiler/lower";
import type { TensorsLike } from "../data/item";
import type { Engine, LoadedProgram } from "../engine/engine";
import { useFallback } from "../engine/fallback";
import { JsEngine } from "../engine/js";
import { moduleFor } from "../engine/module/modules";
import { WasmEngine } from "../engine/wasm";
import { DataError, MemoryLimitError, ShapeError, StateError } from "../errors";
import { nodeOf } from "../nodes/nodeOf";
import { checkOptions, integer, show } from "../options";
import { breathe, SLICE_MILLISECONDS } from "../platform/breathe";
import { STEP_BYTES } from "../program/layout";
import { gigabytes, MemoryLayout } from "../program/memoryLayout";
import { showShape, sizeOf } from "../tensor/shape";
import { Tensor } from "../tensor/tensor";
import { readInputs } from "../training/inputs";
import { lowerSteps, type Port, type StepNetwork } from "./stepNetwork";

/** What lasts is written once before the first step, unless it takes more than this: then it may be room that is never used. */
const TOUCHED_BYTES = 2 ** 26;

/** Options of `stream`. */
export interface StreamOptions {
  /** Sequences that go on side by side. Default 1. */
  batchSize?: number | undefined;
  /**
   * How many steps there is room for, where layers keep all of them, as attention does. By default the length of a model whose length
   * is fixed; a model that keeps no more than its states needs none.
   */
  maxLength?: number | undefined;
}

/** Where a stream is: enough to go on from there. */
export interface StreamState {
  /** Steps pushed so far. */
  readonly steps: number;
  /** What layers remember: states, keys and values, the past of convolutions. By the layer that keeps it, numbered. */
  readonly values: Readonly<Record<string, Tensor<"float32">>>;
}

/** What a stream is made of. */
export interface StreamSource {
  readonly model: ModelGraph;
  /** Weights, then state, as the weight table places them. */
  readonly values: Float32Array;
  readonly engine: Engine["kind"];
  readonly math: "strict" | "relaxed";
  /** Whether WebAssembly was asked for by name, so that nothing may stand in for it. */
  readonly requiresWasm: boolean;
}

/**
 * A model that is computed one step of time after the other. What it has seen lasts: outputs are bit for bit those of the whole
 * sequence at once. Made by `model.stream`; it keeps the weights that the model had then. A recurrent layer begins with its
 * `initialState` as it is at the first push, else with zeros: what `stateful` layers carry from batch to batch is neither read nor
 * changed.
 */
export class Stream {
  readonly #network: StepNetwork;
  readonly #engine: Engine;
  readonly #bases: Bases;
  readonly #program: LoadedProgram;
  readonly #outputs: readonly number[];
  readonly #order: number;
  readonly #sums: number;
  #steps = 0;
  /** Pushes run one after the other. */
  #last: Promise<unknown> = Promise.resolve();
  /** Pushes that have not ended. */
  #pending = 0;

  /** @internal Use `model.stream`. */
  constructor(
    network: StepNetwork,
    /** Sequences that go on side by side. */
    readonly batchSize: number,
    engine: Engine,
    places: StreamPlaces,
    weights: Float32Array,
  ) {
    this.#network = network;
    this.#engine = engine;
    this.#bases = places.bases;
    this.#order = places.order;
    this.#sums = places.sums;
    const { heap, integers } = engine.memory;
    // Otherwise the system would give pages while steps run, which takes longer than a small step.
    if (network.stateBytes <= TOUCHED_BYTES) this.reset();
    heap.set(weights, places.bases.weights / 4);
    for (let i = 0; i < batchSize; i++) integers[places.order / 4 + i] = i;
    const { forward, constants, outputs } = network.rows(places.bases);
    const program = { forward, backwardCount: 0, updates: [], constants, batchSize, loss: places.sums };
    this.#program = engine.load(program, places.program);
    this.#outputs = outputs;
  }

  /** Steps pushed so far. */
  get steps(): number {
    return this.#steps;
  }

  /** How many steps there is room for; undefined where there is no end. */
  get maxLength(): number | undefined {
    return this.#network.shortest?.steps;
  }

  /** @internal What a step reads and puts out. */
  get ports(): Pick<StepNetwork, "inputs" | "outputs"> {
    return this.#network;
  }

  /** What is done at once must not overtake pushes that wait. */
  #checkIdle(who: string): void {
    if (this.#pending > 0) throw new StateError(`stream: ${who} while a push is under way. Await it first.`);
  }

  /**
   * Begins anew, as if nothing had been pushed.
   *
   * @throws StateError while a push is under way
   */
  reset(): void {
    this.#checkIdle("reset");
    this.#steps = 0;
    const { past = 0 } = this.#bases;
    this.#engine.memory.heap.fill(0, past / 4, (past + this.#network.stateBytes) / 4);
  }

  /**
   * What it remembers, copied. Set, it goes on from there.
   *
   * @throws StateError while a push is under way
   */
  get state(): StreamState {
    this.#checkIdle("state is read");
    const values: Record<string, Tensor<"float32">> = {};
    for (const { name, start, shape } of this.#places()) {
      const numbers = Float32Array.from(this.#engine.memory.heap.subarray(start, start + sizeOf(shape)));
      values[name] = new Tensor(numbers, shape);
    }
    return { steps: this.#steps, values };
  }

  /** @throws ShapeError, DataError for what is not the state of such a stream; nothing has changed then */
  set state(state: StreamState) {
    const who = "stream: state";
    this.#checkIdle("state is set");
    checkOptions(who, state, ["steps", "values"]);
    const steps = integer(who, "steps", state?.steps, { min: 0 });
    this.#checkRoom(steps, 0);
    const places = [...this.#places()];
    const unknown = Object.keys(state.values ?? {}).find((name) => !places.some((place) => place.name === name));
    if (unknown !== undefined) throw new DataError(`${who}: there is no ${show(unknown)} in this stream.`);
    const given = places.map(({ name, shape }) => {
      const tensor = Object.hasOwn(state.values ?? {}, name) ? state.values[name] : undefined;
      if (!(tensor instanceof Tensor)) throw new DataError(`${who}: ${name} is missing.`);
      if (showShape(tensor.shape) !== showShape(shape)) {
        throw new ShapeError(`${who}: ${name} must be ${showShape(shape)}, got ${showShape(tensor.shape)}.`);
      }
      if (!tensor.data.every((value) => Number.isFinite(value))) throw new DataError(`${who}: ${name} is not finite.`);
      return tensor;
    });
    places.forEach(({ start }, i) => {
      this.#engine.memory.heap.set(given[i].data, start);
    });
    this.#steps = steps;
  }

  *#places(): Generator<{ name: string; start: number; shape: readonly number[] }> {
    const numbers = new Map<string, number>();
    for (const { owner, value } of this.#network.states) {
      const number = numbers.get(owner) ?? 0;
      numbers.set(owner, number + 1);
      const start = (this.#bases.past! + value.place!.offset) / 4;
      yield { name: `${owner}/${number}`, start, shape: value.shape };
    }
  }

  /**
   * Goes one step further.
   *
   * @param x the next step of every sequence `[batch, …]`, without the axis of time, or several steps `[batch, time, …]`; of a model
   *   with several inputs an array of tensors
   * @returns the output of that step `[batch, …]`, of several steps `[batch, time, …]`; an output without time is that of the last
   *   step. Of a model with several outputs an array: `push<Tensor<"float32">[]>(x)`
   * @throws ShapeError, DataError before any work; StateError when a layer has no room for so many steps
   */
  async push<Output extends Tensor | readonly Tensor[] = Tensor<"float32">>(x: TensorsLike): Promise<Output> {
    const { inputs, count, hasTime } = this.#read(x);
    this.#pending++;
    const run = this.#last.then(() => this.#push(inputs, count, hasTime)).finally(() => this.#pending--);
    this.#last = run.catch(() => {});
    const outputs = await run;
    return (outputs.length === 1 ? outputs[0] : outputs) as Tensor | readonly Tensor[] as Output;
  }

  /** The inputs `[batch, time, …]`, copied. */
  #read(x: TensorsLike): { inputs: readonly Tensor[]; count: number; hasTime: boolean } {
    const who = "push";
    const ports = this.#network.inputs;
    const isOneStep = ports.map(({ shape, isWhole, ids }) => ({ shape, isWhole, ids }));
    let inputs: Tensor[];
    let hasTime = false;
    try {
      inputs = readInputs(isOneStep, x, who);
    } catch (error) {
      if (!(error instanceof ShapeError)) throw error;
      const several = ports.map(({ shape, hasTime, isWhole, ids }) => ({
        shape: hasTime ? [null, ...shape] : shape,
        isWhole,
        ids,
      }));
      inputs = readInputs(several, x, who);
      hasTime = true;
    }
    inputs.forEach(({ shape }) => {
      if (shape[0] === this.batchSize) return;
      throw new ShapeError(
        `${who}: the stream has ${this.batchSize} sequences, got ${shape[0]} in ${showShape(shape)}.`,
      );
    });
    const counts = new Set(inputs.flatMap(({ shape }, i) => (hasTime && ports[i].hasTime ? [shape[1]] : [])));
    if (counts.size > 1) throw new ShapeError(`${who}: inputs have ${[...counts].join(" and ")} steps.`);
    const [count = 1] = counts;
    return { inputs, count, hasTime };
  }

  async #push(inputs: readonly Tensor[], count: number, hasTime: boolean): Promise<Tensor[]> {
    this.#checkRoom(this.#steps, count);
    const { outputs: ports } = this.#network;
    if (this.#engine.isBroken) throw new StateError("stream: a step has failed before. Make another stream.");
    const results = ports.map(({ shape, hasTime: goes }) => {
      const sizes = [this.batchSize, ...(hasTime && goes ? [count] : []), ...shape];
      return new Tensor(new Float32Array(sizeOf(sizes)), sizes);
    });
    let breath = performance.now();
    for (let t = 0; t < count; t++) {
      this.#step(inputs, t, count, hasTime);
      results.forEach(({ data }, i) => {
        this.#copyOutput(data, i, hasTime && ports[i].hasTime ? { t, count } : { t: 0, count: 1 });
      });
      if (performance.now() - breath < SLICE_MILLISECONDS) continue;
      await breathe();
      breath = performance.now();
    }
    return results;
  }

  #step(inputs: readonly Tensor[], t: number, count: number, hasTime: boolean): void {
    const { heap, integers } = this.#engine.memory;
    this.#network.inputs.forEach((port: Port, i) => {
      const { offset, size } = this.#network.columns[i];
      const start = (this.#bases.data + offset) / 4;
      const target = port.isWhole ? integers : heap;
      const { data } = inputs[i];
      const steps = hasTime && port.hasTime ? count : 1;
      for (let b = 0; b < this.batchSize; b++) {
        const from = (b * steps + (steps > 1 ? t : 0)) * size;
        target.set(data.subarray(from, from + size) as never, start + b * size);
      }
    });
    const learningRates = this.#sums + 8;
    this.#engine.run(this.#program, {
      firstStep: this.#steps,
      stepCount: 1,
      order: this.#order,
      learningRates,
      losses: learningRates + 8,
    });
    this.#steps++;
  }

  #copyOutput(target: Tensor["data"], i: number, { t, count }: { t: number; count: number }): void {
    const { heap } = this.#engine.memory;
    const size = sizeOf(this.#network.outputs[i].shape);
    for (let b = 0; b < this.batchSize; b++) {
      const from = this.#outputs[i] / 4 + b * size;
      target.set(heap.subarray(from, from + size), (b * count + t) * size);
    }
  }

  #checkRoom(steps: number, more: number): void {
    const { shortest } = this.#network;
    if (!shortest || steps + more <= shortest.steps) return;
    throw new StateError(
      `stream: ${shortest.owner} has room for ${shortest.steps} steps, ${steps} are over and ${more} more were pushed. ` +
        "Call reset(), or give stream() a larger maxLength where the model allows it.",
    );
  }
}

/** Where everything of a stream stands. */
interface StreamPlaces {
  readonly bases: Bases;
  readonly step: number;
  readonly program: number;
  readonly order: number;
  readonly sums: number;
  readonly totalBytes: number;
}

function layOut(network: StepNetwork, batchSize: number, { values, model }: StreamSource): StreamPlaces {
  const layout = new MemoryLayout();
  const step = layout.place(STEP_BYTES);
  const weights = layout.place(values.byteLength);
  const past = layout.place(network.stateBytes);
  const sums = layout.place(24);
  const arena = layout.place(network.arenaBytes);
  const data = layout.place(network.dataBytes);
  const program = layout.place(network.programBytes);
  const order = layout.place(4 * batchSize);
  const { totalBytes } = layout;
  if (!layout.fits) {
    throw new MemoryLimitError(
      `stream: needs ${gigabytes(totalBytes)} of memory, WebAssembly allows 4 GB. Lower batchSize or maxLength.`,
    );
  }
  const state = weights + model.weights.bytes.weights;
  const bases = { weights, state, past, totals: sums, arena, data, slots: 0, gradients: 0 };
  return { bases, step, program, order, sums, totalBytes };
}

/** That of the model, also where WebAssembly is forbidden. */
async function engineFor(
  { engine, math, requiresWasm }: StreamSource,
  operations: readonly string[],
  { totalBytes, step }: StreamPlaces,
): Promise<Engine> {
  if (engine !== "wasm") return new JsEngine(totalBytes, engine);
  let module: WebAssembly.Module;
  try {
    module = await moduleFor({ math, isShared: false, operations }, []);
  } catch (error) {
    useFallback(error, requiresWasm);
    return new JsEngine(totalBytes);
  }
  try {
    return new WasmEngine(module, totalBytes, step);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new MemoryLimitError(`stream: the system has no ${gigabytes(totalBytes)} of memory left.`, { cause });
  }
}

/** @internal Makes a stream. @throws ArgumentError for a model that cannot be computed step by step; MemoryLimitError */
export async function openStream(source: StreamSource, options: StreamOptions): Promise<Stream> {
  checkOptions("stream", options, ["batchSize", "maxLength"]);
  const batchSize = integer("stream", "batchSize", options.batchSize ?? 1);
  const { maxLength } = options;
  if (maxLength !== undefined) integer("stream", "maxLength", maxLength);
  const network = lowerSteps(source.model, { batchSize, maxLength, nodeOf: nodeOf as never });
  const places = layOut(network, batchSize, source);
  const engine = await engineFor(source, network.operations, places);
  return new Stream(network, batchSize, engine, places, source.values);
}
