import type { Model } from "../model/model";
import type { FitParams, Logs } from "./history";

/** What a callback can see and do while `fit` runs. */
export interface FitContext {
  /** The model that is trained. */
  readonly model: Model;
  /** What `fit` was asked for. */
  readonly params: FitParams;
  /** Ends the training after the current epoch; after the current batch when there are batch hooks. */
  stop(): void;
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
}

/**
 * Hooks into `fit`; all are optional, and `fit` waits for those that return a promise. Epochs and batches count from 0.
 * With a batch hook every step is a call of its own, which costs small models speed: `onProgress` does not.
 */
export interface Callback {
  /** Before the first step. */
  onTrainBegin?(context: FitContext): void | Promise<void>;
  /** After the last epoch, with its results. Not called when the training ends with an error. */
  onTrainEnd?(logs: Logs, context: FitContext): void | Promise<void>;
  /** Before the first step of an epoch. */
  onEpochBegin?(epoch: number, context: FitContext): void | Promise<void>;
  /** After validation. May add numbers to `logs`: they are recorded in the history. */
  onEpochEnd?(epoch: number, logs: Logs, context: FitContext): void | Promise<void>;
  /** Before every step. */
  onBatchBegin?(batch: number, context: FitContext): void | Promise<void>;
  /** After every step, with the results of the epoch so far. */
  onBatchEnd?(batch: number, logs: Logs, context: FitContext): void | Promise<void>;
  /** After every slice of steps, every 10 ms or so. Not waited for. */
  onProgress?(progress: Progress, context: FitContext): void;
}
