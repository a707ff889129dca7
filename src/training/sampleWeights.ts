import type { Recipe } from "../compiler/compile";
import type { TensorsLike } from "../data/item";
import { ArgumentError, ShapeError } from "../errors";
import { shapeOf } from "../graph/node";
import { lengthOf } from "../graph/openShapes";
import { outputNames } from "../graph/structure";
import { didYouMean, show } from "../options";
import { type Shape, sameShape, showShape } from "../tensor/shape";
import { isDataAndShape, Tensor, type TensorLike, toTensor } from "../tensor/tensor";
import { checkValues } from "./inputs";
import type { SampleWeightLike, Samples } from "./samples";

/**
 * A weight for each output; outputs that are given none count 1.
 *
 * @throws ArgumentError, ShapeError, DataError
 */
export function readSampleWeights(
  like: SampleWeightLike,
  model: Recipe["model"],
  { x, count }: Pick<Samples, "x" | "count">,
  who: string,
): Tensor[] {
  const { outputs } = model;
  const length = lengthOf(model.inputs, x);
  const shapes = outputs.map((output) => shapeOf(output, length));
  const name = `${who}: sampleWeight`;
  const list = listOf(like, outputNames(outputs), name);
  if (list) {
    return shapes.map((shape, i) => {
      const given = list[i];
      if (given === undefined || given === null) return new Tensor(new Float32Array(count).fill(1), [count]);
      return readSampleWeight(given, shape, count, outputs.length === 1 ? name : `${name}[${i}]`);
    });
  }
  const read = new Map<string, Tensor>();
  return shapes.map((shape) => {
    const key = showShape(shape);
    const weight = read.get(key) ?? readSampleWeight(like as TensorLike, shape, count, name);
    read.set(key, weight);
    return weight;
  });
}

/** The weights of every output, where they are given one by one; undefined where one is given for all. */
function listOf(like: SampleWeightLike, names: readonly string[], name: string): readonly unknown[] | undefined {
  if (Array.isArray(like)) {
    let isList = like.length > 0;
    // Not every(), which passes over holes.
    for (const one of like) if (one !== undefined && one !== null && !isDataAndShape(one)) isList = false;
    if (!isList) return undefined;
    if (like.length === names.length) return like;
    throw new ShapeError(`${name}: the model has ${names.length} outputs, got ${like.length} tensors.`);
  }
  if (like === null || typeof like !== "object" || isDataAndShape(like) || ArrayBuffer.isView(like)) return undefined;
  const keys = Object.keys(like);
  const unknown = keys.find((key) => !names.includes(key));
  if (unknown !== undefined) {
    throw new ArgumentError(`${name}: no output is named ${show(unknown)}.${didYouMean(unknown, names)}`);
  }
  if (keys.length === 0) throw new ArgumentError(`${name}: expects numbers, got ${show(like)}.`);
  return names.map((output) => (like as Record<string, TensorsLike>)[output]);
}

/** One number a sample, or for outputs `[samples, time, …]` also one a step: `[samples, time]`. */
function readSampleWeight(like: unknown, outputShape: Shape, count: number, name: string): Tensor {
  const tensor = toTensor(like as TensorLike, name, 1);
  const steps = outputShape.slice(0, -1);
  const [samples, ...rest] = tensor.shape;
  const isColumn = steps.length === 0 && rest.length === 1 && rest[0] === 1;
  if (samples !== count || (!isColumn && !sameShape(rest, steps.slice(0, rest.length)))) {
    const shapes = [...steps.keys(), steps.length].map((length) => showShape([count, ...steps.slice(0, length)]));
    const hint =
      rest.length > 0 && steps.length === 0 ? " Only outputs [samples, time, …] take one for every step." : "";
    throw new ShapeError(`${name} must have shape ${shapes.join(" or ")}, got ${showShape(tensor.shape)}.${hint}`);
  }
  checkValues(tensor, name);
  return new Tensor(Float32Array.from(tensor.data), isColumn ? [count] : tensor.shape);
}
