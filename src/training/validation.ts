import type { Recipe } from "../compiler/compile";
import type { Dataset } from "../data/dataset";
import { isDataset } from "../data/isDataset";
import type { TensorsLike } from "../data/item";
import { ArgumentError, DataError } from "../errors";
import { shareOf } from "../numeric/share";
import { finiteNumber, show } from "../options";
import { type OrderOf, ResidentFeed } from "./feed";
import type { FitFeeds } from "./fitFeeds";
import type { FitOptions, ValidationData } from "./fitOptions";
import { readSamples, type Samples, type SampleWeightLike, sliceSamples } from "./samples";
import { weighSamples } from "./sampleWeights";

/**
 * What `validationData` consists of: a dataset, or inputs, targets and perhaps weights.
 *
 * @throws ArgumentError
 */
export function readValidationData(
  data: ValidationData,
): readonly [x: TensorsLike | Dataset, y: TensorsLike, sampleWeight?: SampleWeightLike] {
  if (isDataset(data)) return [data, []];
  if (Array.isArray(data) && (data.length === 2 || data.length === 3)) return data as [TensorsLike, TensorsLike];
  throw new ArgumentError(`fit: validationData must be [x, y], [x, y, sampleWeight] or a Dataset, got ${show(data)}.`);
}

/**
 * The feeds of `validationSplit`: the samples at the end are measured, the others trained on.
 *
 * @param samples `[x, y]` as read for training, class weights included
 * @throws ArgumentError, DataError
 */
export function splitFeeds(
  recipe: Recipe,
  samples: Samples,
  [x, y]: readonly [TensorsLike, TensorsLike],
  batchSize: number,
  { validationData, validationSplit, classWeight, sampleWeight }: FitOptions,
  orderOf?: OrderOf,
): FitFeeds {
  if (validationData) throw new ArgumentError("fit: give validationData or validationSplit, not both.");
  const fraction = finiteNumber("fit", "validationSplit", validationSplit, { above: 0, below: 1 });
  const trained = samples.count - Math.ceil(shareOf(samples.count, fraction));
  if (trained === 0 || trained === samples.count) {
    throw new DataError(`fit: validationSplit ${fraction} of ${samples.count} samples leaves one part empty.`);
  }
  // As in Keras, class weights steer the training and do not count in what is measured.
  const measured = classWeight
    ? weighSamples(recipe, readSamples(recipe.model, recipe.objectives, x, y, "fit"), { sampleWeight }, "fit")
    : samples;
  return {
    feed: new ResidentFeed(sliceSamples(samples, 0, trained), batchSize, orderOf),
    validation: new ResidentFeed(sliceSamples(measured, trained, samples.count), batchSize),
  };
}

/**
 * Refuses options of `fit` that only tensors have, and says what a dataset has instead.
 *
 * @throws ArgumentError
 */
export function checkDatasetOptions(options: FitOptions): void {
  for (const name of ["validationSplit", "sampleWeight", "classWeight", "shuffle"] as const) {
    if (options[name] === undefined) continue;
    const instead = { validationSplit: " Use dataset.split() and validationData.", shuffle: " Use dataset.shuffle()." };
    const hint = instead[name as keyof typeof instead] ?? "";
    throw new ArgumentError(`fit: ${name} goes with tensors, not with a Dataset.${hint}`);
  }
}
