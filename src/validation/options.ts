import { countCores } from "../engine/workers/sharing";
import { ArgumentError } from "../errors";
import type { Direction } from "../metrics/metrics";
import type { Model } from "../model/model";
import { checkOptions, finiteNumber, integer, oneOf, show } from "../options";
import { isA } from "../platform/realm";
import type { MonitorMode } from "../training/callbacks/monitor";
import type { Examples, RowRules } from "./examples";
import { type FoldRows, type RowsOfFold, readFolds } from "./folds";
import type { FoldRun } from "./runs";

/** When the training of a fold ends before its last epoch. */
export interface StoppingOptions {
  /** Epochs without an improvement after which to stop. Default 10. */
  patience?: number | undefined;
  /** Changes up to this are not an improvement. Default 0. */
  minDelta?: number | undefined;
  /** The share of the rows to learn from that is put aside to look at. They are never rows of the test. Default 0.2. */
  validation?: number | undefined;
  /** What is looked at. Default "valLoss". */
  monitor?: string | undefined;
  /** Whether it should fall or rise. Default "auto": the loss and the library's metrics are known. */
  mode?: MonitorMode | undefined;
  /** Epochs before this one are not looked at. Default 0. */
  startFromEpoch?: number | undefined;
}

/** A measure of your own: of a trained model and the rows of the test, in the form in which they came. */
// biome-ignore lint/suspicious/noExplicitAny: the model and the rows are those of the caller's makeModel
export type ScoreFunction = (model: Model<any>, test: any) => number | Promise<number>;

/** What is told of a search under way. */
export interface ValidationProgress {
  /** The fold that has just been tested. */
  readonly run: FoldRun;
  /** Folds tested so far, those of `done` included. */
  readonly finished: number;
  /** Folds to be tested at most. */
  readonly total: number;
}

/** Options that `crossValidate` and `search` share. */
export interface ValidationOptions extends RowRules {
  /** How many folds, or the rows of each. With `time` the windows grow. Default 5. */
  folds?: number | readonly FoldRows[] | undefined;
  /** Instead of folds: one test on this share of the rows. */
  test?: number | undefined;
  /** Of each training, unless `makeModel` says it. Default that of `fit`, 1. */
  epochs?: number | undefined;
  /** Of each training, unless `makeModel` says it. Default that of `fit`. */
  batchSize?: number | undefined;
  /** Ends the training of a fold when it no longer improves, and goes back to its best weights. `true` for defaults. Default false. */
  earlyStopping?: boolean | StoppingOptions | undefined;
  /**
   * What is judged by: "loss", the name of a metric of the models, or a function. Pipelines scale the quantities that are learnt, each
   * by the rows of its fold: "r2" does not depend on it, and a function can predict in units. Default "loss".
   */
  metric?: string | ScoreFunction | undefined;
  /** Whether it should fall or rise. Default: known of the loss and of metrics; to be given for a function. */
  better?: Direction | undefined;
  /**
   * How many models are trained at once, or "auto" for as many as the machine has cores, at most 8. From 2 on models compute in
   * workers, whatever they were compiled for. The results have the same bits for any number. Default 1.
   */
  workers?: number | "auto" | undefined;
  /** Ends everything with the signal's reason. What was finished is in `done`. */
  signal?: AbortSignal | undefined;
  /** Is called after each fold. */
  onProgress?: ((progress: ValidationProgress) => void) | undefined;
  /**
   * Folds that are finished: those in it are not trained again, and new ones are added, at once. An array of plain JSON: kept from a
   * search that was ended, it makes the same search go on, and come to the same result.
   */
  done?: FoldRun[] | undefined;
}

/** Names of the options that both share. */
const SHARED = [
  "folds",
  "test",
  "seed",
  "stratify",
  "groups",
  "time",
  "epochs",
  "batchSize",
  "earlyStopping",
  "metric",
  "better",
  "workers",
  "signal",
  "onProgress",
  "done",
] as const;

/** Checked `StoppingOptions`. */
export interface Stopping {
  readonly patience: number;
  readonly minDelta: number;
  readonly validation: number;
  readonly monitor: string;
  readonly mode: MonitorMode;
  readonly startFromEpoch: number;
}

/** Checked `ValidationOptions`. */
export interface ValidationSettings {
  readonly who: string;
  readonly examples: Examples;
  readonly folds: readonly RowsOfFold[];
  readonly seed: number;
  readonly epochs: number | undefined;
  readonly batchSize: number | undefined;
  readonly stopping: Stopping | undefined;
  readonly metric: string | ScoreFunction;
  readonly better: Direction | undefined;
  readonly workers: number;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((progress: ValidationProgress) => void) | undefined;
  readonly done: FoldRun[];
}

/** @throws ArgumentError, and DataError when a part would be empty */
export function readValidationOptions(
  who: string,
  examples: Examples,
  options: ValidationOptions,
  more: readonly string[],
): ValidationSettings {
  checkOptions(who, options, [...SHARED, ...more]);
  const { epochs, batchSize, metric = "loss", better, onProgress, signal, done = [], seed = 0 } = options;
  integer(who, "seed", seed, { min: 0, max: 2 ** 32 - 1 });
  if (epochs !== undefined) integer(who, "epochs", epochs);
  if (batchSize !== undefined) integer(who, "batchSize", batchSize);
  if (typeof metric !== "string" && typeof metric !== "function") {
    throw new ArgumentError(`${who}: metric must be the name of a metric or a function, got ${show(metric)}.`);
  }
  if (better !== undefined) oneOf(who, "better", better, ["min", "max"]);
  else if (typeof metric === "function") {
    throw new ArgumentError(
      `${who}: whether a metric of your own should fall or rise is not known. Give better: "min" or "max".`,
    );
  }
  if (onProgress !== undefined && typeof onProgress !== "function") {
    throw new ArgumentError(`${who}: onProgress must be a function, got ${show(onProgress)}.`);
  }
  if (signal !== undefined && !isA("AbortSignal", signal)) {
    throw new ArgumentError(`${who}: signal must be an AbortSignal, got ${show(signal)}.`);
  }
  if (!Array.isArray(done)) throw new ArgumentError(`${who}: done must be an array of folds, got ${show(done)}.`);
  const stopping = readStopping(who, options.earlyStopping);
  const folds = readFolds(who, examples, options, stopping?.validation);
  const workers = readWorkers(who, options.workers ?? 1);
  return { who, examples, folds, seed, epochs, batchSize, stopping, metric, better, workers, signal, onProgress, done };
}

function readStopping(who: string, given: ValidationOptions["earlyStopping"]): Stopping | undefined {
  if (given === undefined || given === false) return undefined;
  const options: StoppingOptions = given === true ? {} : given;
  const name = `${who}: earlyStopping`;
  checkOptions(name, options, ["patience", "minDelta", "validation", "monitor", "mode", "startFromEpoch"]);
  const { monitor = "valLoss" } = options;
  if (typeof monitor !== "string") {
    throw new ArgumentError(`${name}: monitor must be the name of a result, got ${show(monitor)}.`);
  }
  return {
    patience: integer(name, "patience", options.patience ?? 10, { min: 0 }),
    minDelta: finiteNumber(name, "minDelta", options.minDelta ?? 0, { min: 0 }),
    validation: finiteNumber(name, "validation", options.validation ?? 0.2, { above: 0, below: 1 }),
    monitor,
    mode: oneOf(name, "mode", options.mode ?? "auto", ["auto", "min", "max"]),
    startFromEpoch: integer(name, "startFromEpoch", options.startFromEpoch ?? 0, { min: 0 }),
  };
}

function readWorkers(who: string, workers: unknown): number {
  if (workers === "auto") return Math.min(8, countCores());
  if (Number.isInteger(workers) && (workers as number) >= 1 && (workers as number) <= 64) return workers as number;
  throw new ArgumentError(`${who}: workers must be a whole number from 1 to 64 or "auto", got ${show(workers)}.`);
}
