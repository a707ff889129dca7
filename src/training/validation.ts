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
import { readSamples, type Samples, sliceSamples } from "./samples";

/**
 * What `validationData` consists of: a dataset, or inputs and targets.
 *
 * @throws ArgumentError
 */
export function readValidationData(data: ValidationData): readonly [x: TensorsLike | Dataset, y: TensorsLike] {
  if (isDataset(data)) return [data, []];
  if (Array.isArray(data) && data.length === 2) return data as [TensorsLike, TensorsLike];
  throw new ArgumentError(`fit: validationData must be [x, y] or a Dataset, got ${show(data)}.`);
}

/**
 * The feeds of `validationSplit`: the samples at the end are measured, the others trained on.
 *
 * @param samples `[x, y]` as read for training, class weights included
 * @throws ArgumentError, DataError
 */
export function splitFeeds(
  { model, objectives }: Recipe,
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
  const measured = classWeight ? readSamples(model, objectives, x, y, "fit", { sampleWeight }) : samples;
  return {
    feed: new ResidentFeed(sliceSamples(samples, 0, trained), batchSize, orderOf),
    validation: new ResidentFeed(sliceSamples(measured, trained, samples.count), batchSize),
  };
}
