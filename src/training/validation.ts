import { ArgumentError, DataError } from "../errors";
import { shareOf } from "../numeric/share";
import { finiteNumber } from "../options";
import { type OrderOf, ResidentFeed } from "./feed";
import type { FitFeeds } from "./fitFeeds";
import type { FitOptions } from "./fitOptions";
import { type Samples, sliceSamples } from "./samples";

/**
 * The feeds of `validationSplit`: the samples at the end are measured, the others trained on. As in Keras, class weights steer
 * the training and do not count in what is measured.
 *
 * @param given without class weights
 * @param weighted with them
 * @throws ArgumentError, DataError
 */
export function splitFeeds(
  given: Samples,
  weighted: Samples,
  batchSize: number,
  { validationData, validationSplit }: FitOptions,
  orderOf?: OrderOf,
): FitFeeds {
  if (validationData) throw new ArgumentError("fit: give validationData or validationSplit, not both.");
  const { count } = given;
  const fraction = finiteNumber("fit", "validationSplit", validationSplit, { above: 0, below: 1 });
  const trained = count - Math.ceil(shareOf(count, fraction));
  if (trained === 0 || trained === count) {
    throw new DataError(`fit: validationSplit ${fraction} of ${count} samples leaves one part empty.`);
  }
  return {
    feed: new ResidentFeed(sliceSamples(weighted, 0, trained), batchSize, orderOf),
    validation: new ResidentFeed(sliceSamples(given, trained, count), batchSize),
  };
}
