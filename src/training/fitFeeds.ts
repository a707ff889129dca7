import type { Recipe } from "../compiler/compile";
import type { Dataset } from "../data/dataset";
import { isDataset } from "../data/isDataset";
import type { TensorsLike } from "../data/item";
import { ArgumentError } from "../errors";
import { checkDatasetOptions, feedOfDataset } from "./datasetFeed";
import { boolean, show } from "../options";
import { type Feed, ResidentFeed, shuffledBy } from "./feed";
import type { FitOptions, ValidationData } from "./fitOptions";
import { readWeighted, type SampleWeightLike, type WeightOptions } from "./samples";

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
  if (isDataset(x)) return feedOfDataset(x, recipe, batchSize, who);
  return new ResidentFeed(await readWeighted(recipe, x, y, who, options).weighted, batchSize);
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
  if (isDataset(x)) {
    checkDatasetOptions(options);
    const validation = validationFeed(recipe, options, batchSize);
    validation.catch(() => {});
    const feed = await feedOf(recipe, x, y, batchSize, "fit", {});
    return { feed, validation: await validation };
  }
  const { given, weighted } = readWeighted(recipe, x, y, "fit", options);
  const shuffle = boolean("fit", "shuffle", options.shuffle ?? true);
  const orderOf = shuffle ? shuffledBy(recipe.model.seed) : undefined;
  if (options.validationSplit !== undefined) {
    return (await import("./validation")).splitFeeds(given, await weighted, batchSize, options, orderOf);
  }
  const validation = await validationFeed(recipe, options, batchSize);
  return { feed: new ResidentFeed(await weighted, batchSize, orderOf), validation };
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

/**
 * What `validationData` consists of: a dataset, or inputs, targets and perhaps weights.
 *
 * @throws ArgumentError
 */
function readValidationData(
  data: ValidationData,
): readonly [x: TensorsLike | Dataset, y: TensorsLike, sampleWeight?: SampleWeightLike] {
  if (isDataset(data)) return [data, []];
  if (Array.isArray(data) && (data.length === 2 || data.length === 3)) return data as [TensorsLike, TensorsLike];
  throw new ArgumentError(`fit: validationData must be [x, y], [x, y, sampleWeight] or a Dataset, got ${show(data)}.`);
}
