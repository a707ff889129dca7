import type { TensorsLike } from "../data/item";
import { Tensor } from "../tensor/tensor";
import { sizeOf } from "../tensor/shape";
import { StateError } from "../errors";
import { checkOptions, integer } from "../options";
import { readInputs } from "../training/inputs";
import { breathe, SLICE_MILLISECONDS } from "../platform/breathe";
import { Machine } from "./machine";
import type { Network, Port } from "./network";

/** Options of `predict`. */
export interface PredictOptions {
  /** Samples computed at once. Default 32. */
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
  #machine?: Machine;
  /** Predictions run one after the other: they share the machine. */
  #last: Promise<unknown> = Promise.resolve();

  /** @internal Use `loadModel`. */
  constructor(network: Network) {
    this.name = network.name;
    this.inputs = network.inputs;
    this.outputs = network.outputs;
    this.#machine = new Machine(network);
  }

  /**
   * The outputs for inputs `[samples, …]`.
   *
   * @param x a tensor or nested arrays; of a model with several inputs an array of tensors
   * @returns a tensor `[samples, …]`; of a model with several outputs an array of them: `predict<Tensor<"float32">[]>(x)`
   * @throws ArgumentError, ShapeError, DataError, MemoryLimitError, StateError before any work
   */
  async predict<Output extends Tensor | readonly Tensor[] = Tensor<"float32">>(
    x: TensorsLike,
    options: PredictOptions = {},
  ): Promise<Output> {
    checkOptions("predict", options, ["batchSize"]);
    const batchSize = integer("predict", "batchSize", options.batchSize ?? 32);
    const inputs = readInputs(this.inputs, x, "predict");
    const machine = this.#machine;
    if (!machine) throw new StateError("predict: the model has been disposed.");
    const result = this.#last.then(() => this.#run(machine, inputs, batchSize));
    this.#last = result.catch(() => {});
    const outputs = await result;
    return (outputs.length === 1 ? outputs[0] : outputs) as Tensor | readonly Tensor[] as Output;
  }

  async #run(machine: Machine, inputs: readonly Tensor[], batchSize: number): Promise<Tensor[]> {
    const count = inputs[0].shape[0];
    const outputs = this.outputs.map(({ shape }) => new Float32Array(count * sizeOf(shape)));
    await machine.reserve(Math.min(batchSize, count));
    let breath = performance.now();
    for (let first = 0; first < count; first += batchSize) {
      const samples = Math.min(batchSize, count - first);
      machine.run(inputs, first, samples).forEach((values, i) => {
        outputs[i].set(values, first * (outputs[i].length / count));
      });
      if (performance.now() - breath < SLICE_MILLISECONDS) continue;
      await breathe();
      breath = performance.now();
    }
    return outputs.map((data, i) => new Tensor(data, [count, ...this.outputs[i].shape]));
  }

  /** Lets go of the memory at once. Optional: the garbage collector does it too. Every later call is a StateError. */
  dispose(): void {
    this.#machine = undefined;
  }
}
