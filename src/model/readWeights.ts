import { findNonFinite, Tensor, type TensorLike, toTensor } from "../data/tensor";
import { ArgumentError, DataError, ShapeError } from "../errors";
import { showShape } from "../graph/showShape";
import { didYouMean, show } from "../options";
import type { ReadyProgram, Runtime } from "./runtime";
import type { WeightTable } from "./weightTable";

/** What `gradients` returns: nothing in the model has changed. */
export interface Gradients {
  /** Of this batch. */
  readonly loss: number;
  /** The model's output in training mode; the first of several. */
  readonly output: Tensor;
  /** By weight name; weights that are not trained are missing. */
  readonly weights: Record<string, Tensor>;
  /** With respect to each input. */
  readonly inputs: readonly Tensor[];
}

/** Reads what a program of kind "gradients" has left in memory. */
export function readGradients(runtime: Runtime, program: ReadyProgram): Gradients {
  const { graph, inputs, outputs } = program.lowering;
  const copy = (values: Float32Array, shape: readonly number[]) => new Tensor(values.slice(), shape);
  const weights: Record<string, Tensor> = {};
  for (const value of graph.values) {
    const gradient = value.trainable ? runtime.readGradient(program, value) : undefined;
    if (gradient) weights[value.owner] = copy(gradient, value.shape);
  }
  return {
    loss: runtime.losses[0],
    output: copy(runtime.read(program, outputs[0]), outputs[0].shape),
    weights,
    inputs: inputs.map((value) => copy(runtime.readGradient(program, value)!, value.shape)),
  };
}

/** Copies of all weights and states by name. */
export function readWeights(table: WeightTable, lasting: Float32Array): Record<string, Tensor> {
  const record: Record<string, Tensor> = {};
  for (const weight of table.entries) {
    const index = table.indexOf(weight);
    record[weight.name] = new Tensor(lasting.slice(index, index + weight.size), weight.spec.shape);
  }
  return record;
}

/** Replaces all weights and states, after all of them have been checked. */
export function writeWeights(
  table: WeightTable,
  lasting: Float32Array,
  record: Readonly<Record<string, TensorLike>>,
  who = "setWeights",
): void {
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
  const tensors = table.entries.map(({ name, spec }) => {
    if (!Object.hasOwn(record, name))
      throw new ArgumentError(`${who}: "${name}" is missing. All weights are set at once.`);
    const tensor = toTensor(record[name], `${who}: ${name}`);
    if (showShape(tensor.shape) !== showShape(spec.shape)) {
      throw new ShapeError(`${who}: ${name} has shape ${showShape(spec.shape)}, got ${showShape(tensor.shape)}.`);
    }
    const found = findNonFinite(tensor);
    if (found) throw new DataError(`${who}: ${name} holds ${found.value} at index ${found.index}.`);
    return tensor;
  });
  tensors.forEach((tensor, i) => {
    lasting.set(tensor.data, table.indexOf(table.entries[i]));
  });
}
