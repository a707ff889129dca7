import type { Dataset } from "../data/dataset";

/** What datasets have and nothing else has. */
export const DATASET = Symbol("dataset");

/** Tells a dataset from tensors, without bringing along everything that can be done with one. */
export function isDataset(value: unknown): value is Dataset {
  return typeof value === "object" && value !== null && DATASET in value;
}
