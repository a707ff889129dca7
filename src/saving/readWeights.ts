import { findNonFinite, Tensor, type TensorLike, toTensor } from "../tensor/tensor";
import { ArgumentError, DataError, ShapeError } from "../errors";
import { showShape } from "../tensor/shape";
import { didYouMean, show } from "../options";
import type { Weight, WeightTable } from "../compiler/weightTable";

/** Copies of all weights and states by name. */
export function readWeights(table: WeightTable, persistent: Float32Array): Record<string, Tensor<"float32">> {
  const record: Record<string, Tensor<"float32">> = {};
  for (const weight of table.entries) {
    const index = table.indexOf(weight);
    record[weight.name] = new Tensor(persistent.slice(index, index + weight.size), weight.spec.shape);
  }
  return record;
}

/**
 * Copies of the values in a record of all weights and states, in the order of the table.
 *
 * @throws ArgumentError for unknown or missing names, ShapeError for other shapes, DataError for NaN and infinity
 */
export function readRecord(
  table: WeightTable,
  record: Readonly<Record<string, TensorLike>>,
  who = "setWeights",
): Float32Array[] {
  return readTensors(table.entries, record, who, "getWeights() gives", "All weights are set at once.");
}

/** The same for some of the weights. */
export function readTensors(
  weights: readonly Weight[],
  record: Readonly<Record<string, TensorLike>>,
  who: string,
  source = "the weights of gradients()",
  why = "Every weight that is trained needs one.",
): Float32Array[] {
  if (record === null || typeof record !== "object" || Array.isArray(record)) {
    throw new ArgumentError(`${who}: expects an object of tensors by name, as ${source}, got ${show(record)}.`);
  }
  const names = weights.map(({ name }) => name);
  for (const name of Object.keys(record)) {
    if (!names.includes(name))
      throw new ArgumentError(`${who}: no weight is named "${name}".${didYouMean(name, names)}`);
  }
  return weights.map(({ name, spec }) => {
    if (!Object.hasOwn(record, name)) throw new ArgumentError(`${who}: "${name}" is missing. ${why}`);
    const tensor = toTensor(record[name], `${who}: ${name}`);
    if (showShape(tensor.shape) !== showShape(spec.shape)) {
      throw new ShapeError(`${who}: ${name} has shape ${showShape(spec.shape)}, got ${showShape(tensor.shape)}.`);
    }
    const found = findNonFinite(tensor);
    if (found) throw new DataError(`${who}: ${name} holds ${found.value} at index ${found.index}.`);
    return Float32Array.from(tensor.data);
  });
}

/** Replaces all weights and states by those in the order of the table. */
export function writeWeights(table: WeightTable, persistent: Float32Array, values: readonly Float32Array[]): void {
  table.entries.forEach((weight, i) => {
    persistent.set(values[i], table.indexOf(weight));
  });
}
