import type { TensorsLike } from "../data/item";
import type { Pipeline, RawRows, ResultFor } from "../pipeline/pipeline";
import { Tensor } from "../tensor/tensor";
import { sizeOf } from "../tensor/shape";
import { ShapeError, StateError } from "../errors";
import { checkOptions, integer } from "../options";
import { readInputs } from "../training/inputs";
import { breathe, SLICE_MILLISECONDS } from "../platform/breathe";
import { Machine } from "./machine";
import type { Network, Port } from "./network";

/** Options of `predict`. */
export interface PredictOptions {
  /** Samples computed at once. By default what the model's `input({ batchSize })` says, else 32. */
  batchSize?: number | undefined;
}

/** A trained model that can predict and nothing else. Made by `loadModel`. */
export class Predictor {
  /** As it was trained under. */
  readonly name: string;
  /** What `predict` takes, in this order. */
  readonly inputs: readonly Port[];
  /** What `predict` returns, in this order. */
  readonly outputs: readonly Port[];
  readonly #network: Network;
  #machine?: Machine;
  /** Batches predicted so far. */
  #batches = 0;
  /** Predictions run one after the other: they share the machine. */
  #last: Promise<unknown> = Promise.resolve();

  /** @internal Use `loadModel`. */
  constructor(network: Network) {
    this.name = network.name;
    this.inputs = network.inputs;
    this.outputs = network.outputs;
    this.#network = network;
    this.#machine = new Machine(network);
  }

  /**
   * How raw rows become its inputs, and its outputs answers: `pipeline.schema` says which columns a row has. Undefined for a model that
   * was saved without one.
   */
  get pipeline(): Pipeline | undefined {
    return this.#network.pipeline;
  }

  /**
   * The outputs for inputs `[samples, …]`.
   *
   * @param x a tensor or nested arrays; of a model with several inputs an array of tensors
   * A model that was saved with a pipeline takes raw rows, too: an array of objects, or one object. It answers for each target, by
   * its name, with the word and its probability, or with the number in the units of the table.
   *
   * @returns a tensor `[samples, …]`; of a model with several outputs an array of them: `predict<Tensor<"float32">[]>(x)`. For one
   *   object its answer, for an array of objects an array of answers
   * @throws ArgumentError, ShapeError, DataError, MemoryLimitError, StateError before any work
   */
  async predict<
    Output extends Tensor | readonly Tensor[] = Tensor<"float32">,
    X extends TensorsLike | RawRows = TensorsLike,
  >(x: X, options: PredictOptions = {}): Promise<ResultFor<X, Output>> {
    const predict = (inputs: TensorsLike) => this.#predict(inputs, options);
    const { pipeline } = this.#network;
    const result = pipeline?.takes(x) ? pipeline.answer(x, predict) : predict(x as TensorsLike);
    return (await result) as ResultFor<X, Output>;
  }

  async #predict(x: TensorsLike, options: PredictOptions): Promise<Tensor | Tensor[]> {
    checkOptions("predict", options, ["batchSize"]);
    const batchSize = integer("predict", "batchSize", options.batchSize ?? this.#network.batchSize ?? 32);
    const inputs = readInputs(this.#network.ports, x, "predict");
    this.#checkBatches("predict", inputs[0].shape[0], batchSize);
    const machine = this.#machine;
    if (!machine) throw new StateError("predict: the model has been disposed.");
    const length = this.#network.lengthOf?.(inputs);
    const batch = this.#batches;
    this.#batches += Math.ceil(inputs[0].shape[0] / batchSize);
    const result = this.#last.then(() => this.#run(machine, inputs, { batchSize, batch, length }));
    this.#last = result.catch(() => {});
    const outputs = await result;
    return outputs.length === 1 ? outputs[0] : outputs;
  }

  /**
   * `predict` at once, without a promise: on this thread, and as long as it takes. WebAssembly must be there: await `predict(x)`
   * once before; its batch is the largest that is computed at a time here. Of a model that was saved with a pipeline it takes raw
   * rows, as `predict` does.
   *
   * @throws ArgumentError, ShapeError, DataError, StateError before any work
   */
  predictSync<
    Output extends Tensor | readonly Tensor[] = Tensor<"float32">,
    X extends TensorsLike | RawRows = TensorsLike,
  >(x: X, options: PredictOptions = {}): ResultFor<X, Output> {
    const predict = (inputs: TensorsLike) => this.#predictSync(inputs, options);
    const { pipeline } = this.#network;
    return (pipeline?.takes(x) ? pipeline.answerAtOnce(x, predict) : predict(x as TensorsLike)) as ResultFor<X, Output>;
  }

  #predictSync(x: TensorsLike, options: PredictOptions): Tensor | Tensor[] {
    checkOptions("predictSync", options, ["batchSize"]);
    const batchSize = integer("predictSync", "batchSize", options.batchSize ?? this.#network.batchSize ?? 32);
    const inputs = readInputs(this.#network.ports, x, "predictSync");
    this.#checkBatches("predictSync", inputs[0].shape[0], batchSize);
    const machine = this.#machine;
    if (!machine) throw new StateError("predictSync: the model has been disposed.");
    if (!machine.capacity) {
      throw new StateError("predictSync: WebAssembly is compiled asynchronously. Await predict(x) once before.");
    }
    const length = this.#network.lengthOf?.(inputs);
    const samples = machine.reserveAtOnce(Math.min(batchSize, inputs[0].shape[0]), length);
    if (samples < (this.#network.batchSize ?? 1)) {
      throw new StateError(
        `predictSync: there is no memory for length ${length}. Await predict(x) with as long ones before.`,
      );
    }
    const outputs = this.#outputsFor(machine, inputs);
    for (let first = 0; first < inputs[0].shape[0]; first += samples)
      this.#runBatch(machine, inputs, first, samples, outputs, this.#batches++);
    return outputs.length === 1 ? outputs[0] : outputs;
  }

  /** Layers that carry states from batch to batch work on batches of one size. */
  #checkBatches(who: string, count: number, batchSize: number): void {
    const size = this.#network.batchSize;
    if (size === undefined || (count % size === 0 && Math.min(count, batchSize) === size)) return;
    throw new ShapeError(
      `${who}: the model takes batches of ${size}, got ${count} samples in batches of ${batchSize}. The number of samples must be a multiple of it.`,
    );
  }

  /** Room for the outputs of some inputs. */
  #outputsFor(machine: Machine, [{ shape }]: readonly Tensor[]): Tensor[] {
    const [count] = shape;
    return machine.shapes("outputs").map((own) => new Tensor(new Float32Array(count * sizeOf(own)), [count, ...own]));
  }

  /** Computes the outputs of up to so many samples. */
  #runBatch(
    machine: Machine,
    inputs: readonly Tensor[],
    first: number,
    most: number,
    outputs: readonly Tensor[],
    batch: number,
  ): void {
    const [count] = inputs[0].shape;
    machine.run(inputs, first, Math.min(most, count - first), batch).forEach((values, i) => {
      outputs[i].data.set(values, first * (outputs[i].data.length / count));
    });
  }

  async #run(
    machine: Machine,
    inputs: readonly Tensor[],
    /** `batch` is how many have been predicted before, `length` that of the sequences, where it is open. */
    { batchSize, batch, length }: { batchSize: number; batch: number; length: number | undefined },
  ): Promise<Tensor[]> {
    const count = inputs[0].shape[0];
    await machine.reserve(Math.min(batchSize, count), length);
    const outputs = this.#outputsFor(machine, inputs);
    let breath = performance.now();
    for (let first = 0; first < count; first += batchSize) {
      this.#runBatch(machine, inputs, first, batchSize, outputs, batch + first / batchSize);
      if (performance.now() - breath < SLICE_MILLISECONDS) continue;
      await breathe();
      breath = performance.now();
    }
    return outputs;
  }

  /** Lets go of the memory at once. Optional: the garbage collector does it too. Every later call is a StateError. */
  dispose(): void {
    this.#machine = undefined;
  }
}
