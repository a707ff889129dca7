import { ArgumentError } from "../errors";
import type { Node } from "../graph/node";
import { didYouMean } from "../options";
import { outputNames } from "./structure";

/**
 * An option that may be given once for each output as an array or by the outputs' names: `{ age: "mse", isHappy: "binaryCrossentropy" }`.
 * Returns the array in either case, and anything that is not such a record as it came.
 */
export function byOutput(option: string, given: unknown, outputs: readonly Node[]): unknown {
  if (given === null || typeof given !== "object" || Array.isArray(given)) return given;
  const names = outputNames(outputs);
  const keys = Object.keys(given);
  // What has a name itself is a loss, unless that is how an output is called.
  if ("name" in given && !names.includes("name")) return given;
  for (const key of keys) {
    if (!names.includes(key)) {
      throw new ArgumentError(`compile: ${option}: no output is named "${key}".${didYouMean(key, names)}`);
    }
  }
  for (const name of names) {
    if (!keys.includes(name)) throw new ArgumentError(`compile: ${option}: the output "${name}" is missing.`);
  }
  return names.map((name) => (given as Record<string, unknown>)[name]);
}
