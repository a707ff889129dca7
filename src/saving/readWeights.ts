import { findNonFinite, Tensor, type TensorLike, toTensor } from "../tensor/tensor";
import { ArgumentError, DataError, ShapeError } from "../errors";
import { showShape } from "../tensor/shape";
import { didYouMean, show } from "../options";
import type { WeightTable } from "../compiler/weightTable";

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
  if (record === null || typeof record !== "object") {
    throw new ArgumentError(
      `${who}: expects an object of tensors by name, as getWeights() gives, got ${show(record)}.`,
    );
  }
  const names = table.entries.map(({ name }) => name);
  for (const name of Object.keys(record)) {
    if (!names.includes(name))
      throw new ArgumentError(`${who}: no weight is named "${name}".${didYouMean(name, names)}`);
  }
  return table.entries.map(({ name, spec }) => {
    if (!Object.hasOwn(record, name))
      throw new ArgumentError(`${who}: "${name}" is missing. All weights are set at once.`);
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
