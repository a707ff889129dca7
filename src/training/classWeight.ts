import { Tensor } from "../tensor/tensor";
import { sizeOf, type Shape } from "../tensor/shape";
import { ArgumentError } from "../errors";
import { show } from "../options";

/**
 * A weight for each sample: that of its class times its own. The class of a sample is its integer label, or the largest entry
 * of its one-hot row.
 *
 * @throws ArgumentError for what is no map from classes to weights, names a class that the output does not have, or comes with
 *   targets that are no classes
 */
export function applyClassWeight(
  classWeight: Readonly<Record<number, number>>,
  targets: readonly Tensor[],
  sampleWeight: Tensor | undefined,
  outputShape: Shape,
  who: string,
): Tensor {
  const [{ data, shape }] = targets;
  const columns = sizeOf(shape.slice(1));
  if (targets.length > 1 || shape.length > 2) {
    throw new ArgumentError(`${who}: classWeight needs one output with one class a sample. Use sampleWeight.`);
  }
  const weights = readClassWeight(classWeight, who);
  const classes = Math.max(2, outputShape.at(-1)!);
  const unknown = [...weights.keys()].find((label) => label >= classes);
  if (unknown !== undefined) {
    throw new ArgumentError(`${who}: classWeight names class ${unknown}, the classes are 0…${classes - 1}.`);
  }
  const result = new Float32Array(shape[0]);
  for (let i = 0; i < result.length; i++) {
    let label = data[i * columns];
    if (columns > 1) {
      let best = 0;
      for (let j = 1; j < columns; j++) if (data[i * columns + j] > data[i * columns + best]) best = j;
      label = best;
    }
    result[i] = (weights.get(label) ?? 1) * (sampleWeight?.data[i] ?? 1);
  }
  return new Tensor(result, [shape[0]]);
}

/** Weights by class: a record `{ 0: 1, 1: 2.5 }` or an array. */
function readClassWeight(classWeight: unknown, who: string): Map<number, number> {
  const entries = classWeight !== null && typeof classWeight === "object" ? Object.entries(classWeight) : [];
  if (entries.length === 0) {
    throw new ArgumentError(
      `${who}: classWeight must map classes to numbers, such as { 0: 1, 1: 2.5 }, got ${show(classWeight)}.`,
    );
  }
  for (const [label, weight] of entries) {
    if (/^\d+$/.test(label) && Number.isFinite(weight) && weight >= 0) continue;
    throw new ArgumentError(
      `${who}: classWeight must map classes 0, 1, … to numbers ≥ 0, got ${label}: ${show(weight)}.`,
    );
  }
  return new Map(entries.map(([label, weight]) => [Number(label), weight]));
}
