import type { Recipe } from "../compiler/compile";
import type { Dataset } from "../data/dataset";
import { isDataset } from "../data/isDataset";
import type { TensorsLike } from "../data/item";
import { boolean } from "../options";
import { feedOfDataset } from "./datasetFeed";
import { type Feed, ResidentFeed, shuffledBy } from "./feed";
import type { FitOptions } from "./fitOptions";
import { readWeighted, type WeightOptions } from "./samples";
import { checkDatasetOptions, readValidationData, splitFeeds } from "./validation";

/** The feeds of a training and of what is measured after its epochs. */
export interface FitFeeds {
  readonly feed: Feed;
  readonly validation?: Feed;
}

/**
 * The feed of `x` and `y`, or of a dataset, for which few programs load what it takes.
 *
 * @throws ArgumentError, ShapeError, DataError
 */
export async function feedOf(
  recipe: Recipe,
  x: TensorsLike | Dataset,
  y: TensorsLike,
  batchSize: number,
  who: string,
  options: WeightOptions,
): Promise<Feed> {
  if (!isDataset(x)) return new ResidentFeed(readWeighted(recipe, x, y, who, options), batchSize);
  return feedOfDataset(x, recipe, batchSize, who);
}

/**
 * Reads the data of `fit`. What only some trainings need is loaded for these.
 *
 * @throws ArgumentError, ShapeError, DataError
 */
export async function fitFeeds(
  recipe: Recipe,
  x: TensorsLike | Dataset,
  y: TensorsLike,
  batchSize: number,
  options: FitOptions,
): Promise<FitFeeds> {
  const { validationSplit } = options;
  if (isDataset(x)) {
    checkDatasetOptions(options);
    const validation = validationFeed(recipe, options, batchSize);
    validation.catch(() => {});
    const feed = await feedOf(recipe, x, y, batchSize, "fit", {});
    return { feed, validation: await validation };
  }
  const samples = readWeighted(recipe, x, y, "fit", options);
  const shuffle = boolean("fit", "shuffle", options.shuffle ?? true);
  const orderOf = shuffle ? shuffledBy(recipe.model.seed) : undefined;
  if (validationSplit !== undefined) {
    return splitFeeds(recipe, samples, [x, y], batchSize, options, orderOf);
  }
  const validation = validationFeed(recipe, options, batchSize);
  return { feed: new ResidentFeed(samples, batchSize, orderOf), validation: await validation };
}

/** The feed of what is measured after every epoch, if anything is. */
async function validationFeed(
  recipe: Recipe,
  { validationData }: FitOptions,
  batchSize: number,
): Promise<Feed | undefined> {
  if (validationData === undefined) return undefined;
  const [x, y, sampleWeight] = readValidationData(validationData);
  return feedOf(recipe, x, y, batchSize, "fit: validationData", { sampleWeight });
}
