import type { Recipe } from "../compiler/compile";
import type { Columns } from "../data/item";
import { DataError } from "../errors";
import type { Tensor } from "../tensor/tensor";
import { readSamples, type Samples } from "./samples";
import { readSampleWeights } from "./sampleWeights";

/** The samples of some columns of a dataset. */
export function readColumns(
  recipe: Recipe,
  { x, y, sampleWeight = [] }: Columns,
  who: string,
  reader: string,
): Samples {
  const samples = readSamples(recipe.model, recipe.objectives, x, targetsOf(y, who), reader);
  if (sampleWeight.length === 0) return samples;
  const weight = sampleWeight.length === 1 ? sampleWeight[0] : sampleWeight;
  return { ...samples, sampleWeights: readSampleWeights(weight, recipe.model, samples, reader) };
}

function targetsOf(y: readonly Tensor[], who: string): readonly Tensor[] {
  if (y.length > 0) return y;
  throw new DataError(`${who}: the dataset has no targets. Give its items a y, as data.fromTensors(x, y) does.`);
}
