import { inputPorts } from "./inputPorts";
import type { TensorsLike } from "../data/item";
import { type DataAndShape, Tensor, type TensorLike } from "../tensor/tensor";
import { ArgumentError, ShapeError } from "../errors";
import type { Recipe } from "../compiler/compile";
import type { ModelGraph } from "../compiler/lower";
import type { Objective } from "../compiler/objectives";
import type { NodeList } from "../graph/emitNodes";
import { shapeOf } from "../graph/node";
import { checkLength, lengthOf } from "../graph/openShapes";
import { checkTargets } from "../losses/losses";
import { showShape } from "../tensor/shape";
import { readSampleWeights } from "./sampleWeights";
import { BorrowedTensor, takeValues } from "./borrowedTensor";
import { checkValues, plural, readInputs, readList, takeAtOnce, type TakeValues, type ValueCheck } from "./inputs";

/** Checked columns of samples: what every program reads. */
export interface Samples {
  readonly x: readonly Tensor[];
  readonly y: readonly Tensor[];
  /** For each output one weight a sample, or one for each of the first steps of it; absent when all count the same. */
  readonly sampleWeights?: readonly Tensor[] | undefined;
  readonly count: number;
}

/**
 * How much each sample counts: `[samples]`, for outputs `[samples, time, …]` also `[samples, time]`. For models of several
 * outputs one for all, or one for each, as an array of tensors or by the names of their layers; outputs that are left out
 * count 1.
 */
export type SampleWeightLike =
  | TensorLike
  | readonly (Tensor | DataAndShape | null | undefined)[]
  | Readonly<Record<string, TensorLike>>;

/** How much samples count that do not count alike. Metrics are not weighted, but for `weightedMetrics`. */
export interface WeightOptions {
  /** How much each sample counts: its loss is multiplied, what the sum of losses is divided by stays the number of rows. */
  sampleWeight?: SampleWeightLike | undefined;
  /**
   * How much each class counts, for models of one output; missing ones count 1. Multiplied with `sampleWeight` when both are
   * given. With hinge losses 0 and −1 are the same class.
   */
  classWeight?: Readonly<Record<number, number>> | undefined;
}

/** Samples with and without weights of their classes. */
export interface WeightedSamples {
  /** With weights of their own only. */
  readonly given: Samples;
  /** With all weights: a promise where there are any of classes, for which few programs load what it takes. */
  readonly weighted: Samples | Promise<Samples>;
}

/**
 * Reads inputs, targets and weights for training or evaluation. What the arrays hold at the call counts.
 *
 * @param take how inputs and targets are taken from the caller; with weights of classes they are copied whatever it says
 * @throws ArgumentError, ShapeError, DataError; those of class weights are the promise's
 */
export function readWeighted(
  recipe: Recipe,
  x: TensorsLike,
  y: TensorsLike,
  who: string,
  { sampleWeight, classWeight }: WeightOptions,
  take: TakeValues = takeValues,
): WeightedSamples {
  const { model } = recipe;
  const samples = readSamples(model, recipe.objectives, x, y, who, classWeight === undefined ? take : takeValues);
  const sampleWeights = sampleWeight === undefined ? undefined : readSampleWeights(sampleWeight, model, samples, who);
  const given = { ...samples, sampleWeights };
  if (classWeight === undefined) return { given, weighted: given };
  const entries = Object.entries(classWeight ?? {});
  const weighted = import("./classWeight").then(({ weighClasses }) =>
    weighClasses(recipe, given, classWeight, entries, who),
  );
  weighted.catch(() => {});
  return { given, weighted };
}

/** Reads inputs and targets for training or evaluation. */
export function readSamples(
  model: ModelGraph,
  objectives: readonly Objective[],
  x: TensorsLike,
  y: TensorsLike | undefined,
  who: string,
  take: TakeValues = takeValues,
): Samples {
  const inputs = readInputs(inputPorts(model), x, who, take);
  if (y === undefined) throw new ArgumentError(`${who}: targets are missing: ${who}(x, y, options).`);
  const targets = readList(y, model.outputs.length, "output", `${who}: y`, who);
  const count = inputs[0].shape[0];
  for (const { shape } of targets) {
    if (shape[0] !== count)
      throw new ShapeError(`${who}: ${plural(count, "input")} but ${plural(shape[0], "target")}.`);
  }
  const length = checkedLength(model, inputs, who);
  const own = targets.map((tensor, i) => {
    const name = targets.length === 1 ? `${who}: y` : `${who}: y[${i}]`;
    const { loss, metrics } = objectives[i];
    // A loss of one's own may take any numbers.
    const ofMetric = loss.targets === "own" ? metrics.find(({ rowLoss }) => rowLoss)?.rowLoss : undefined;
    const check: ValueCheck = (values, first) => {
      checkValues(values, name, undefined, first);
      for (const one of ofMetric ? [loss, ofMetric] : [loss]) {
        checkTargets(one, values, shapeOf(model.outputs[i], length), name, first);
      }
    };
    // Whether 0 stands for −1 shows with all of them.
    return (loss.outputs === "signs" ? takeAtOnce : take)(tensor, y, name, check);
  });
  return { x: inputs, y: own, count };
}

/**
 * The length of the sequences in the inputs of a model that leaves it open; undefined of others.
 *
 * @throws ShapeError when the inputs have several lengths, or one that a layer cannot work on
 */
export function checkedLength(model: NodeList, inputs: readonly Tensor[], who: string): number | undefined {
  const length = lengthOf(model.inputs, inputs);
  if (length === undefined) return undefined;
  model.inputs.forEach(({ isOpen }, i) => {
    if (!isOpen || inputs[i].shape[1] === length) return;
    const got = inputs.map(({ shape }) => showShape(shape)).join(" and ");
    throw new ShapeError(
      `${who}: inputs of an open length must have one length in a batch, got ${got}. Pad the shorter.`,
    );
  });
  checkLength(who, model, length);
  return length;
}

/** Copies what `lendValues` has left with the caller. */
export function ownSamples({ x, y, ...others }: Samples): Samples {
  const own = (tensor: Tensor) =>
    tensor instanceof BorrowedTensor ? tensor : new Tensor(tensor.data.slice(), tensor.shape);
  return { x: x.map(own), y: y.map(own), ...others };
}

/** The samples from `start` to `end`, as views of the same numbers. */
export function sliceSamples({ x, y, sampleWeights }: Samples, start: number, end: number): Samples {
  const slice = (tensor: Tensor) => {
    if (tensor instanceof BorrowedTensor) return tensor.part(start, end);
    const { data, shape } = tensor;
    const size = data.length / shape[0];
    return new Tensor(data.subarray(start * size, end * size), [end - start, ...shape.slice(1)]);
  };
  return { x: x.map(slice), y: y.map(slice), sampleWeights: sampleWeights?.map(slice), count: end - start };
}
