import type { Dataset } from "../data/dataset";
import type { TensorsLike } from "../data/item";
import type { Layer } from "../graph/layer";
import type { SaveTarget } from "../io/files";
import type { Tensor, TensorLike } from "../tensor/tensor";
import type { Gradients } from "./gradients";
import type { FitParams, Logs } from "./history";
import type { Results } from "./results";
import type { WeightOptions } from "./samples";

/** How many samples a model computes at once. */
export interface SamplesAtOnce {
  /** Samples a step. Default 32. */
  batchSize?: number | undefined;
}

/** What can be done with a model while it is trained. `Model` has the details. */
export interface TrainedModel {
  /** The model's name. */
  readonly name: string;
  /** The layers, in the order in which their numbers are computed. */
  readonly layers: readonly Layer[];
  /** The layer of this name. */
  getLayer(name: string): Layer;
  /** Loss and metrics in inference mode. */
  evaluate(x: TensorsLike, y: TensorsLike, options?: SamplesAtOnce): Promise<Results>;
  /** Loss and metrics in inference mode. */
  evaluate(dataset: Dataset, options?: SamplesAtOnce): Promise<Results>;
  /** The outputs for inputs `[samples, …]`, in inference mode. */
  predict<Output extends Tensor | readonly Tensor[] = Tensor<"float32">>(
    x: TensorsLike,
    options?: SamplesAtOnce,
  ): Promise<Output>;
  /** Loss, outputs and gradients of one batch, in training mode. Changes nothing. */
  gradients(x: TensorsLike, y: TensorsLike, options?: WeightOptions): Promise<Gradients>;
  /** A copy of every weight and state by name. */
  getWeights(): Promise<Record<string, Tensor<"float32">>>;
  /** Replaces all weights and states. */
  setWeights(record: Readonly<Record<string, TensorLike>>): Promise<void>;
  /** The whole model as the bytes of a safetensors file. */
  toBytes(): Uint8Array;
  /** Writes `toBytes()` to a file. */
  save(target: SaveTarget): Promise<void>;
}

/** What a callback can see and do while `fit` runs. */
export interface FitContext {
  /** The model that is trained. */
  readonly model: TrainedModel;
  /** @internal The names of what is measured in every epoch. */
  readonly measured: readonly string[];
  /** What `fit` was asked for. */
  readonly params: FitParams;
  /** Ends the training after the current epoch; after the current batch when there are batch hooks. */
  stop(): void;
  /** The mean loss of the last batch alone; without batch hooks of the last slice of batches. NaN before the first. */
  readonly batchLoss: number;
  /** How the training ended; undefined before `onTrainEnd`. */
  readonly outcome?: TrainingOutcome;
  /** The rate of the next step; setting it overrides the optimizer's, and the model keeps it after `fit`. */
  learningRate: number;
}

/** How far `fit` is, told after every slice of steps: every 10 ms or so. */
export interface Progress {
  /** The epoch under way, counted from 0. */
  readonly epoch: number;
  /** Steps done in this epoch. */
  readonly step: number;
  /** Samples seen in this epoch. */
  readonly samples: number;
  /** Mean loss and metrics of this epoch so far. */
  readonly logs: Logs;
  /** Mean loss of the steps of the last slice alone: what a chart over steps shows. */
  readonly batchLoss: number;
}

/** How a training came to its end: all epochs were trained, a callback called `stop()`, or its signal was aborted. */
export type TrainingOutcome = "completed" | "stopped" | "aborted";

/**
 * Hooks into `fit`; all are optional, and `fit` waits for those that return a promise. What one throws or rejects with, `fit`
 * rejects with. Epochs and batches count from 0.
 * With a batch hook every step is a call of its own, which costs small models speed: `onProgress` does not.
 */
export interface Callback {
  /** Before the first step. */
  onTrainBegin?(context: FitContext): void | Promise<void>;
  /**
   * After the last epoch, with its results, and after an abort with those of the last complete epoch: `context.outcome` says
   * which. Not called when the training ends with an error.
   */
  onTrainEnd?(logs: Logs, context: FitContext): void | Promise<void>;
  /** Before the first step of an epoch. */
  onEpochBegin?(epoch: number, context: FitContext): void | Promise<void>;
  /** After validation. May add numbers to `logs`: they are recorded in the history. */
  onEpochEnd?(epoch: number, logs: Logs, context: FitContext): void | Promise<void>;
  /** Before every step. */
  onBatchBegin?(batch: number, context: FitContext): void | Promise<void>;
  /** After every step, with the results of the epoch so far; `context.batchLoss` is the loss of this batch alone. */
  onBatchEnd?(batch: number, logs: Logs, context: FitContext): void | Promise<void>;
  /** After every slice of steps, every 10 ms or so. What it returns is waited for at the end of the training only. */
  onProgress?(progress: Progress, context: FitContext): void | Promise<void>;
}
