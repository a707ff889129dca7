import type { Recipe } from "../compiler/compile";
import type { Dataset } from "../data/dataset";
import { ArgumentError, DataError } from "../errors";
import { checkDatasetShapes, checkValues } from "./inputs";
import { type Feed, fillInOrder, ResidentFeed } from "./feed";
import { readColumns } from "./readColumns";
import type { FitOptions } from "./fitOptions";

/** The feed of a dataset: by columns while it is a selection from tensors in memory as they are, else by walking it. */
export async function feedOfDataset(dataset: Dataset, recipe: Recipe, batchSize: number, who: string): Promise<Feed> {
  const { selection } = dataset;
  const size = dataset.batchSize ?? batchSize;
  if (dataset.size === Number.POSITIVE_INFINITY) {
    throw new ArgumentError(`${who}: the dataset is endless. Put take() behind repeat(): as many items are an epoch.`);
  }
  if (!selection || selection.augmentation) {
    const { StreamFeed } = await import("./streamFeed");
    return new StreamFeed(dataset.batchSize ? dataset : dataset.batch(size), recipe, who, size);
  }
  const { x, names } = selection.columns;
  checkDatasetShapes(recipe.model.inputs, x, who, selection.sampleCount);
  if (names) checkValues(x[0], `${who}: x`, names);
  const samples = readColumns(recipe, selection.columns, who, who);
  const { sampleCount, batching } = selection;
  if (sampleCount === 0) throw new DataError(`${who}: the dataset is empty.`);
  const count = batching?.dropRemainder ? selection.itemCount * size : sampleCount;
  if (count === 0) throw new DataError(`${who}: the dataset has ${sampleCount} samples, not one batch of ${size}.`);
  const writeOrder = (epoch: number, target: Int32Array) => {
    const order = selection.orderOf(epoch);
    if (order) target.set(order.length === target.length ? order : order.subarray(0, target.length));
    else fillInOrder(target);
  };
  return new ResidentFeed(samples, size, writeOrder, count);
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
