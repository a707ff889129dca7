/** What datasets have and nothing else has. */
export const DATASET = Symbol("dataset");

/** Whether a value is a dataset, for those who only refuse one. */
export function hasDatasetMark(value: unknown): boolean {
  return typeof value === "object" && value !== null && DATASET in value;
}
