import type { TensorsLike } from "../data/item";
import { sizeOf, Tensor, type TensorLike, toTensor } from "../data/tensor";
import { ArgumentError, ShapeError } from "../errors";
import type { Shape } from "../graph/graph";
import { show } from "../options";
import { showShape } from "../layers/layer";
import type { ModelGraph } from "../compiler/lower";
import type { Objective } from "../compiler/objectives";
import { checkTargets } from "./losses";
import { checkValues, plural, readInputs, readList } from "./inputs";

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

/** Reads inputs, targets and weights for training or evaluation. Nothing is copied unless a weight must be computed. */
export function readSamples(
  model: ModelGraph,
  objectives: readonly Objective[],
  x: TensorsLike,
  y: TensorsLike | undefined,
  who: string,
  { sampleWeight, classWeight }: WeightOptions = {},
): Samples {
  const inputs = readInputs(model.inputs, x, who);
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
