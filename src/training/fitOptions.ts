import type { Dataset } from "../data/dataset";
import type { TensorsLike } from "../data/item";
import { ArgumentError } from "../errors";
import { boolean, checkOptions, integer, show } from "../options";
import { isA } from "../platform/realm";
import type { Callback } from "./callback";
import type { FitSettings } from "./fit";
import { readCallbacks } from "./readCallbacks";
import type { SampleWeightLike, WeightOptions } from "./samples";

/** What is measured after every epoch, besides the training: `[x, y]`, `[x, y, sampleWeight]` or a dataset. */
export type ValidationData =
  | readonly [x: TensorsLike, y: TensorsLike]
  | readonly [x: TensorsLike, y: TensorsLike, sampleWeight: SampleWeightLike]
  | Dataset;

/** Options of every training. */
export interface TrainingOptions {
  /** The number of the last epoch, counted from 1: passes over the data, less `initialEpoch`. Default 1. */
  epochs?: number | undefined;
  /** Samples a step; a dataset that is batched brings its own. Default 32. */
  batchSize?: number | undefined;
  /** Where to go on counting. Default 0. */
  initialEpoch?: number | undefined;
  /** Hooks into the training: of `callbacks`, or objects of your own with some of the hooks of `Callback`. */
  callbacks?: readonly Callback[] | undefined;
  /** Adds `callbacks.progressBar()`. Default false. */
  verbose?: boolean | 0 | 1 | undefined;
  /** Ends the training with the signal's reason; the weights are those of the last step. */
  signal?: AbortSignal | undefined;
  /** Whether NaN or infinity ends the training with a NonFiniteError. Default true; false leaves such steps out. */
  terminateOnNaN?: boolean | undefined;
}

/** Options of `fit(dataset, options)`. A dataset has an order of its own, and can be `split`. */
export interface FitDatasetOptions extends TrainingOptions {
  /** Measured after every epoch: `[x, y]`, `[x, y, sampleWeight]` or a dataset. */
  validationData?: ValidationData | undefined;
}

/** Options of `fit(x, y, options)` with validation data of its own, or none. */
export interface FitTensorsOptions extends TrainingOptions, WeightOptions {
  /** Whether every epoch sees the samples in a new order. Default true. */
  shuffle?: boolean | undefined;
  /** Measured after every epoch: `[x, y]`, `[x, y, sampleWeight]` or a dataset. Excludes `validationSplit`. */
  validationData?: ValidationData | undefined;
  /** Excludes `validationData`. */
  validationSplit?: undefined;
}

/** Options of `fit(x, y, options)` that puts a part of the samples aside. */
export interface FitSplitOptions extends TrainingOptions, WeightOptions {
  /** Whether every epoch sees the samples in a new order. Default true. */
  shuffle?: boolean | undefined;
  /** Share of the samples at the end that is not trained on but measured after every epoch. Excludes `validationData`. */
  validationSplit: number;
  /** Excludes `validationSplit`. */
  validationData?: undefined;
}

/** Options of `fit(x, y, options)`. */
export type FitOptions = FitTensorsOptions | FitSplitOptions;

const fitOptions = [
  "epochs",
  "batchSize",
  "validationData",
  "validationSplit",
  "shuffle",
  "initialEpoch",
  "callbacks",
  "signal",
  "terminateOnNaN",
  "verbose",
  "sampleWeight",
  "classWeight",
];

/** The options of `fit` that are not data, with defaults. */
export interface CheckedFitOptions extends FitSettings {
  readonly batchSize: number;
  /** Whether a progress bar is wanted. */
  readonly isVerbose: boolean;
}

/**
 * Checks the options of `fit` that are not data.
 *
 * @throws ArgumentError
 */
export function readFitSettings(options: FitOptions, byDefault: number): CheckedFitOptions {
  checkOptions("fit", options, fitOptions);
  if (options.signal !== undefined && !isA("AbortSignal", options.signal)) {
    const hint = isA("AbortController", options.signal) ? " Pass its signal." : "";
    throw new ArgumentError(`fit: signal must be an AbortSignal, got ${show(options.signal)}.${hint}`);
  }
  const isGiven = options.callbacks !== undefined && options.callbacks !== null;
  return {
    epochs: integer("fit", "epochs", options.epochs ?? 1, { min: 0 }),
    initialEpoch: integer("fit", "initialEpoch", options.initialEpoch ?? 0, { min: 0 }),
    batchSize: integer("fit", "batchSize", options.batchSize ?? byDefault),
    callbacks: isGiven ? readCallbacks(options) : [],
    isVerbose: readVerbose(options.verbose),
    signal: options.signal,
    terminateOnNaN: boolean("fit", "terminateOnNaN", options.terminateOnNaN ?? true),
  };
}

/** Keras' 0 and 1 are welcome, too. */
function readVerbose(verbose: unknown = false): boolean {
  return boolean("fit", "verbose", verbose === 0 || verbose === 1 ? verbose === 1 : verbose);
}
