import { ArgumentError } from "../errors";
import type { Node } from "../graph/node";
import { didYouMean, show } from "../options";
import { outputNames } from "../graph/structure";

/**
 * An option that may be given once for each output as an array or by the outputs' names: `{ age: "mse", isHappy: "binaryCrossentropy" }`.
 * Returns the array in either case, and anything that is not such a record as it came.
 *
 * @param missing stands for an output that has no entry; without it every output needs one
 */
export function byOutput(option: string, given: unknown, outputs: readonly Node[], missing?: unknown): unknown {
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
    if (missing === undefined && !keys.includes(name))
      throw new ArgumentError(`compile: ${option}: the output "${name}" is missing.`);
  }
  return names.map((name) => (keys.includes(name) ? (given as Record<string, unknown>)[name] : missing));
}

/**
 * What is measured of each output: a plain list of all of them, a list in the list of one each, and so in a record by name,
 * where one metric may stand for a list of it and a missing output is not measured.
 */
export function metricsByOutput(
  option: string,
  given: unknown,
  outputs: readonly Node[],
): readonly (readonly unknown[])[] {
  const lists = byOutput(option, given, outputs, []);
  if (!Array.isArray(lists)) {
    throw new ArgumentError(`compile: ${option} must be an array, or an object by output, got ${show(given)}.`);
  }
  if (lists === given && !lists.some(Array.isArray)) return outputs.map(() => lists);
  if (lists.length !== outputs.length) {
    const expected = outputs.length === 1 ? "one output" : `${outputs.length} outputs`;
    throw new ArgumentError(
      `compile: the model has ${expected}, got ${lists.length} lists of ${option}. Give one for each.`,
    );
  }
  return lists.map((list) => (Array.isArray(list) ? list : [list]));
}
