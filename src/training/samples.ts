import { isDataset } from "../data/isDataset";
import { type TensorsLike, toTensors } from "../data/item";
import { findNonFinite, isDataAndShape, sizeOf, Tensor, type TensorLike, toTensor } from "../data/tensor";
import { ArgumentError, DataError, ShapeError } from "../errors";
import type { Shape } from "../graph/graph";
import { show } from "../options";
import { showShape } from "../layers/layer";
import type { ModelGraph, Objective } from "../compiler/lower";
import { checkTargets } from "./losses";

/** Checked columns of samples: what every program reads. */
export interface Samples {
  readonly x: readonly Tensor[];
  readonly y: readonly Tensor[];
  /** One weight a sample; absent when all count the same. */
  readonly sampleWeight?: Tensor;
  readonly count: number;
}

/** How much samples count that do not count alike. */
export interface WeightOptions {
  /** How much each sample counts, `[samples]`. */
  sampleWeight?: TensorLike;
  /** How much each class counts; missing ones count 1. Multiplied with `sampleWeight` when both are given. */
  classWeight?: Readonly<Record<number, number>>;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** Refuses an empty set, NaN and infinity, naming the sample. */
function checkValues(tensor: Tensor, who: string): void {
  if (tensor.shape[0] === 0) throw new DataError(`${who} is empty.`);
  const found = findNonFinite(tensor);
  if (!found) return;
  const sample = Math.floor(found.index / (tensor.size / tensor.shape[0]));
  throw new DataError(`${who} holds ${found.value} at sample ${sample}. Replace or drop missing values first.`);
}

/** Reads the inputs of a model. */
export function readInputs(model: ModelGraph, x: TensorsLike, who: string): Tensor[] {
  const { inputs } = model;
  if (x === undefined) throw new ArgumentError(`${who}: inputs are missing.`);
  if (isDataset(x)) {
    throw new ArgumentError(`${who}: expects tensors. For those of a dataset: (await dataset.toTensors()).x.`);
  }
  const tensors = readList(x, inputs.length, "input", `${who}: x`, who);
  return tensors.map((tensor, i) => {
    const name = inputs.length === 1 ? `${who}: x` : `${who}: x[${i}]`;
    if (tensor.shape[0] === 0) throw new DataError(`${name} is empty.`);
    const expected = inputs[i].shape;
    const got = tensor.shape.slice(1);
    // A column of single numbers may come as [samples] for an input of shape [1].
    const fits = sameShape(got, expected) || (got.length === 0 && sizeOf(expected) === 1);
    if (!fits) throw new ShapeError(inputMessage(name, expected, tensor.shape));
    checkValues(tensor, name);
    return tensor;
  });
}

function inputMessage(name: string, expected: Shape, got: Shape): string {
  return `${name} must have shape ${showShape(["samples", ...expected] as never)}, got ${showShape(got)}.${inputHint(expected, got)}`;
}

/** What a user most likely meant with inputs of the wrong shape. */
function inputHint(expected: Shape, got: Shape): string {
  if (sameShape(got, expected)) return " Wrap a single sample in an array: the first dimension is the batch.";
  if (sizeOf(got.slice(1)) !== sizeOf(expected)) return "";
  const instead = expected.length === 1 ? ", or begin the model with layers.flatten()" : "";
  return ` Reshape it: tensor(x.data, ${showShape([got[0], ...expected])})${instead}.`;
}

/** One tensor for each input or output. Of several, nested arrays could not be told from those of one. */
function readList(like: TensorsLike, count: number, noun: string, name: string, who: string): readonly Tensor[] {
  const isList = Array.isArray(like) && like.length > 0 && like.every(isDataAndShape);
  if (typeof like === "object" && !Array.isArray(like) && !ArrayBuffer.isView(like) && !isDataAndShape(like)) {
    throw new ArgumentError(
      `${name} must be a tensor or nested arrays of numbers, got ${show(like)}.${listHint(like, who)}`,
    );
  }
  const tensors = count === 1 || isList || isDataAndShape(like) ? toTensors(like, name, 1) : undefined;
  if (tensors?.length === count) return tensors;
  const got = tensors ? plural(tensors.length, "tensor") : show(like);
  const hint = count > 1 ? ` Give an array of ${count} tensors, each made by tensor().` : "";
  throw new ShapeError(`${who}: the model has ${plural(count, noun)}, got ${got}.${hint}`);
}

/** Whoever passes a record of x and y is told where they go. */
function listHint(like: object, who: string): string {
  if (!("x" in like)) return "";
  const [call] = who.split(":");
  return call === "predict" ? " Write predict(x)." : ` Write ${call}(x, y), or ${call}(data.fromTensors(x, y)).`;
}

function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((length, axis) => length === b[axis]);
}

/** Reads inputs, targets and weights for training or evaluation. Nothing is copied unless a weight must be computed. */
export function readSamples(
  model: ModelGraph,
  objectives: readonly Objective[],
  x: TensorsLike,
  y: TensorsLike | undefined,
  who: string,
  { sampleWeight, classWeight }: WeightOptions = {},
): Samples {
  const inputs = readInputs(model, x, who);
  if (y === undefined) throw new ArgumentError(`${who}: targets are missing: ${who}(x, y, options).`);
  const targets = readList(y, model.outputs.length, "output", `${who}: y`, who);
  const count = inputs[0].shape[0];
  inputs.forEach(({ shape }, i) => {
    if (shape[0] !== count)
      throw new ShapeError(`${who}: ${plural(count, "sample")} in x[0] but ${shape[0]} in x[${i}].`);
  });
  for (const { shape } of targets) {
    if (shape[0] !== count)
      throw new ShapeError(`${who}: ${plural(count, "input")} but ${plural(shape[0], "target")}.`);
  }
  const checked = targets.map((tensor, i) => {
    const name = targets.length === 1 ? `${who}: y` : `${who}: y[${i}]`;
    checkValues(tensor, name);
    checkTargets(objectives[i].loss, tensor, model.outputs[i].shape, name);
    return objectives[i].loss.prepareTargets?.(tensor) ?? tensor;
  });
  const weights = sampleWeight === undefined ? undefined : readSampleWeight(sampleWeight, count, who);
  const weighted =
    classWeight === undefined ? weights : applyClassWeight(classWeight, targets, weights, model.outputs[0].shape, who);
  return { x: inputs, y: checked, sampleWeight: weighted, count };
}

function readSampleWeight(like: TensorLike, count: number, who: string): Tensor {
  const tensor = toTensor(like, `${who}: sampleWeight`, 1);
  if (tensor.shape.length !== 1 || tensor.shape[0] !== count) {
    throw new ShapeError(`${who}: sampleWeight must have shape [${count}], got ${showShape(tensor.shape)}.`);
  }
  checkValues(tensor, `${who}: sampleWeight`);
  return new Tensor(Float32Array.from(tensor.data), tensor.shape);
}

/** The class of each sample is its integer label, or the largest entry of its one-hot row. */
function applyClassWeight(
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

/** The samples from `start` to `end`, as views of the same numbers. */
export function sliceSamples({ x, y, sampleWeight }: Samples, start: number, end: number): Samples {
  const slice = ({ data, shape }: Tensor) => {
    const size = data.length / shape[0];
    return new Tensor(data.subarray(start * size, end * size), [end - start, ...shape.slice(1)]);
  };
  return { x: x.map(slice), y: y.map(slice), sampleWeight: sampleWeight && slice(sampleWeight), count: end - start };
}
