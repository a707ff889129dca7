import { isDataset } from "../data/isDataset";
import { type TensorsLike, toTensors } from "../data/item";
import { findNonFinite, isDataAndShape, type Tensor } from "../tensor/tensor";
import { sizeOf, sameShape, showShape, type Shape } from "../tensor/shape";
import { ArgumentError, DataError, ShapeError } from "../errors";
import { show } from "../options";
import { takeValues } from "./borrowedTensor";

/** `1 sample`, `2 samples`. */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** Refuses an empty set, NaN and infinity, naming the sample. The first value is that of this sample. */
export function checkValues(tensor: Tensor, who: string, firstSample = 0): void {
  if (tensor.shape[0] === 0) throw new DataError(`${who} is empty.`);
  const found = findNonFinite(tensor);
  if (!found) return;
  const sample = firstSample + Math.floor(found.index / (tensor.size / tensor.shape[0]));
  throw new DataError(`${who} holds ${found.value} at sample ${sample}. Replace or drop missing values first.`);
}

/** Reads the inputs of a model. */
export function readInputs(inputs: readonly { readonly shape: Shape }[], x: TensorsLike, who: string): Tensor[] {
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
    return takeValues(tensor, x, name, (values, first) => checkValues(values, name, first));
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
export function readList(like: TensorsLike, count: number, noun: string, name: string, who: string): readonly Tensor[] {
  const isList = Array.isArray(like) && like.length > 0 && like.every(isDataAndShape);
  const hint = count > 1 ? ` Give an array of ${count} tensors, each made by tensor().` : "";
  if (typeof like === "object" && !Array.isArray(like) && !ArrayBuffer.isView(like) && !isDataAndShape(like)) {
    throw new ArgumentError(
      `${name} must be a tensor or nested arrays of numbers, got ${show(like)}.${listHint(like, who) || hint}`,
    );
  }
  const tensors = count === 1 || isList || isDataAndShape(like) ? toTensors(like, name, 1) : undefined;
  if (tensors?.length === count) return tensors;
  const got = tensors ? plural(tensors.length, "tensor") : show(like);
  throw new ShapeError(`${who}: the model has ${plural(count, noun)}, got ${got}.${hint}`);
}

/** Whoever passes a record of x and y is told where they go. */
function listHint(like: object, who: string): string {
  if (!("x" in like)) return "";
  const [call] = who.split(":");
  return call === "predict" ? " Write predict(x)." : ` Write ${call}(x, y), or ${call}(data.fromTensors(x, y)).`;
}
