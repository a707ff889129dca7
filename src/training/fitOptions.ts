import type { Recipe } from "../compiler/compile";
import type { Dataset } from "../data/dataset";
import { isDataset } from "../data/isDataset";
import type { TensorsLike } from "../data/item";
import { ArgumentError, DataError } from "../errors";
import { boolean, checkOptions, didYouMean, finiteNumber, integer, show } from "../options";
import type { Callback } from "./callback";
import { type Feed, ResidentFeed, shuffledBy } from "./feed";
import type { FitSettings } from "./fit";
import { readSamples, sliceSamples, type WeightOptions } from "./samples";

/** What is measured after every epoch, besides the training: `[x, y]` or a dataset. */
export type ValidationData = readonly [x: TensorsLike, y: TensorsLike] | Dataset;

/** Options of every training. */
export interface TrainingOptions {
  /** The number of the last epoch, counted from 1: passes over the data, less `initialEpoch`. Default 1. */
  epochs?: number;
  /** Samples a step; a dataset that is batched brings its own. Default 32. */
  batchSize?: number;
  /** Where to go on counting. Default 0. */
  initialEpoch?: number;
  /** Hooks into the training: of `callbacks`, or objects of your own with some of the hooks of `Callback`. */
  callbacks?: readonly Callback[];
  /** Adds `callbacks.progressBar()`. Default false. */
  verbose?: boolean | 0 | 1;
  /** Ends the training with the signal's reason; the weights are those of the last step. */
  signal?: AbortSignal;
  /** Whether NaN or infinity ends the training with a NonFiniteError. Default true; false leaves such steps out. */
  terminateOnNaN?: boolean;
}

/** Options of `fit(dataset, options)`. A dataset has an order of its own, and can be `split`. */
export interface FitDatasetOptions extends TrainingOptions {
  /** Measured after every epoch: `[x, y]` or a dataset. */
  validationData?: ValidationData;
}

/** Options of `fit(x, y, options)` with validation data of its own, or none. */
export interface FitTensorsOptions extends TrainingOptions, WeightOptions {
  /** Whether every epoch sees the samples in a new order. Default true. */
  shuffle?: boolean;
  /** Measured after every epoch: `[x, y]` or a dataset. Excludes `validationSplit`. */
  validationData?: ValidationData;
  /** Excludes `validationData`. */
  validationSplit?: undefined;
}

/** Options of `fit(x, y, options)` that puts a part of the samples aside. */
export interface FitSplitOptions extends TrainingOptions, WeightOptions {
  /** Whether every epoch sees the samples in a new order. Default true. */
  shuffle?: boolean;
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

/** The feeds of a training and of what is measured after its epochs. */
export interface FitFeeds {
  readonly feed: Feed;
  readonly validation?: Feed;
}

/** The options of `fit` that are not data, with defaults. */
export interface CheckedFitOptions extends FitSettings {
  readonly batchSize: number;
  /** Whether a progress bar is wanted. */
  readonly isVerbose: boolean;
}

/** Checks the options of `fit` that are not data. */
export function readFitSettings(options: FitOptions): CheckedFitOptions {
  checkOptions("fit", options, fitOptions);
  if (options.signal !== undefined && !(options.signal instanceof AbortSignal)) {
    const hint = (options.signal as object) instanceof AbortController ? " Pass its signal." : "";
    throw new ArgumentError(`fit: signal must be an AbortSignal, got ${show(options.signal)}.${hint}`);
  }
  return {
    epochs: integer("fit", "epochs", options.epochs ?? 1, { min: 0 }),
    initialEpoch: integer("fit", "initialEpoch", options.initialEpoch ?? 0, { min: 0 }),
    batchSize: integer("fit", "batchSize", options.batchSize ?? 32),
    callbacks: readCallbacks(options.callbacks ?? []),
    isVerbose: readVerbose(options.verbose),
    signal: options.signal,
    terminateOnNaN: boolean("fit", "terminateOnNaN", options.terminateOnNaN ?? true),
  };
}

/** Keras' 0 and 1 are welcome, too. */
function readVerbose(verbose: unknown = false): boolean {
  return boolean("fit", "verbose", verbose === 0 || verbose === 1 ? verbose === 1 : verbose);
}

const hooks = [
  "onTrainBegin",
  "onTrainEnd",
  "onEpochBegin",
  "onEpochEnd",
  "onBatchBegin",
  "onBatchEnd",
  "onProgress",
] as const satisfies (keyof Callback)[];

/** A misspelt hook would never be called, and nobody would know. */
function readCallbacks(callbacks: unknown): readonly Callback[] {
  if (!Array.isArray(callbacks)) throw new ArgumentError(`fit: callbacks must be an array, got ${show(callbacks)}.`);
  callbacks.forEach((callback, i) => {
    if (callback === null || typeof callback !== "object") {
      throw new ArgumentError(
        `fit: callbacks[${i}] must be an object of hooks such as onEpochEnd, or made by one of callbacks, got ${show(callback)}.`,
      );
    }
    for (const name of Object.keys(callback)) {
      if (!/^on[A-Z]/.test(name) || (hooks as readonly string[]).includes(name)) continue;
      throw new ArgumentError(`fit: callbacks[${i}] has an unknown hook "${name}".${didYouMean(name, hooks)}`);
    }
    for (const name of hooks) {
      const hook: unknown = callback[name];
      if (hook === undefined || typeof hook === "function") continue;
      throw new ArgumentError(`fit: callbacks[${i}].${name} must be a function, got ${show(hook)}.`);
    }
  });
  return callbacks;
}

/** Refuses options that only tensors have, and says what a dataset has instead. */
function checkDatasetOptions(options: FitOptions): void {
  for (const name of ["validationSplit", "sampleWeight", "classWeight", "shuffle"] as const) {
    if (options[name] === undefined) continue;
    const instead = { validationSplit: " Use dataset.split() and validationData.", shuffle: " Use dataset.shuffle()." };
    const hint = instead[name as keyof typeof instead] ?? "";
    throw new ArgumentError(`fit: ${name} goes with tensors, not with a Dataset.${hint}`);
  }
}

/** What makes feeds of datasets: most train on tensors, so it is loaded when there is a dataset. */
export type FeedOf = typeof import("./datasetFeed").feedOf;

/** The feeds of `fit(dataset, options)`. */
export function datasetFeeds(
  recipe: Recipe,
  dataset: Dataset,
  batchSize: number,
  options: FitOptions,
  feedOf: FeedOf,
): FitFeeds {
  checkDatasetOptions(options);
  const feed = feedOf(dataset, recipe.model, recipe.objectives, batchSize, "fit");
  return { feed, validation: validationFeed(recipe, options, batchSize, feedOf) };
}

/** The feeds of `fit(x, y, options)`; `feedOf` is there when the validation data are a dataset. */
export function tensorFeeds(
  recipe: Recipe,
  x: TensorsLike,
  y: TensorsLike,
  batchSize: number,
  options: FitOptions,
  feedOf?: FeedOf,
): FitFeeds {
  const samples = readSamples(recipe.model, recipe.objectives, x, y, "fit", options);
  const shuffle = boolean("fit", "shuffle", options.shuffle ?? true);
  const orderOf = shuffle ? shuffledBy(recipe.model.seed) : undefined;
  if (options.validationSplit === undefined) {
    return {
      feed: new ResidentFeed(samples, batchSize, orderOf),
      validation: validationFeed(recipe, options, batchSize, feedOf),
    };
  }
  if (options.validationData) throw new ArgumentError("fit: give validationData or validationSplit, not both.");
  const fraction = finiteNumber("fit", "validationSplit", options.validationSplit, { above: 0, below: 1 });
  const trained = Math.floor(samples.count * (1 - fraction));
  if (trained === 0 || trained === samples.count) {
    throw new DataError(`fit: validationSplit ${fraction} of ${samples.count} samples leaves one part empty.`);
  }
  // As in Keras, class weights steer the training and do not count in what is measured.
  const { sampleWeight } = options;
  const measured = options.classWeight
    ? readSamples(recipe.model, recipe.objectives, x, y, "fit", { sampleWeight })
    : samples;
  return {
    feed: new ResidentFeed(sliceSamples(samples, 0, trained), batchSize, orderOf),
    validation: new ResidentFeed(sliceSamples(measured, trained, samples.count), batchSize),
  };
}

function validationFeed(
  recipe: Recipe,
  { validationData }: FitOptions,
  batchSize: number,
  feedOf?: FeedOf,
): Feed | undefined {
  if (validationData === undefined) return undefined;
  const { model, objectives } = recipe;
  const who = "fit: validationData";
  if (isDataset(validationData)) return feedOf!(validationData, model, objectives, batchSize, who);
  if (!Array.isArray(validationData) || validationData.length !== 2) {
    throw new ArgumentError(`${who} must be [x, y] or a Dataset, got ${show(validationData)}.`);
  }
  const [x, y] = validationData;
  return new ResidentFeed(readSamples(model, objectives, x, y, who), batchSize);
}
