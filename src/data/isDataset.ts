import { hasDatasetMark } from "../tensor/datasetMark";
import type { Dataset } from "./dataset";

/** Tells a dataset from tensors, without bringing along everything that can be done with one. */
export function isDataset(value: unknown): value is Dataset {
  return hasDatasetMark(value);
}
