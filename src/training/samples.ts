import type { TensorsLike } from "../data/item";
import { Tensor, type TensorLike, toTensor } from "../tensor/tensor";
import { ArgumentError, ShapeError } from "../errors";
import { showShape } from "../tensor/shape";
import type { Recipe } from "../compiler/compile";
import type { ModelGraph } from "../compiler/lower";
import type { Objective } from "../compiler/objectives";
import { checkTargets } from "../losses/losses";
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
  sampleWeight?: TensorLike | undefined;
  /** How much each class counts; missing ones count 1. Multiplied with `sampleWeight` when both are given. */
  classWeight?: Readonly<Record<number, number>> | undefined;
}

/** Reads inputs, targets and weights for training or evaluation; see `readSamples`. */
export async function readWeighted(
  { model, objectives }: Recipe,
  x: TensorsLike,
  y: TensorsLike,
  who: string,
  options: WeightOptions,
): Promise<Samples> {
  // Few give class weights.
  const applyClassWeight =
    options.classWeight === undefined ? undefined : (await import("./classWeight")).applyClassWeight;
  return readSamples(model, objectives, x, y, who, options, applyClassWeight);
}

/**
 * Reads inputs, targets and weights for training or evaluation. Nothing is copied unless a weight must be computed.
 * `applyClassWeight` is there when there are class weights.
 */
export function readSamples(
  model: ModelGraph,
  objectives: readonly Objective[],
  x: TensorsLike,
  y: TensorsLike | undefined,
  who: string,
  { sampleWeight, classWeight }: WeightOptions = {},
  applyClassWeight?: typeof import("./classWeight").applyClassWeight,
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
    classWeight === undefined ? weights : applyClassWeight!(classWeight, targets, weights, model.outputs[0].shape, who);
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

/** The samples from `start` to `end`, as views of the same numbers. */
export function sliceSamples({ x, y, sampleWeight }: Samples, start: number, end: number): Samples {
  const slice = ({ data, shape }: Tensor) => {
    const size = data.length / shape[0];
    return new Tensor(data.subarray(start * size, end * size), [end - start, ...shape.slice(1)]);
  };
  return { x: x.map(slice), y: y.map(slice), sampleWeight: sampleWeight && slice(sampleWeight), count: end - start };
}
