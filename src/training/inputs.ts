import type { IdLimit } from "../graph/ids";
import { isDataset } from "../data/isDataset";
import { type TensorsLike, toTensors } from "../data/item";
import { findNonFinite, isDataAndShape, refuseCollapse, Tensor, type TensorData } from "../tensor/tensor";
import { fitsShape, type OpenShape, type Shape, showShape, sizeOf } from "../tensor/shape";
import { ArgumentError, DataError, ShapeError } from "../errors";
import { show } from "../options";

/** `1 sample`, `2 samples`. */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** `sample 7`, `sample 7, column 3` in a table, `sample 7, position [3, 0]` where a sample has more axes. */
function showPlace(index: number, shape: Shape, firstSample: number): string {
  const size = sizeOf(shape.slice(1));
  const sample = firstSample + Math.floor(index / size);
  if (size === 1) return `sample ${sample}`;
  let rest = index % size;
  if (shape.length === 2) return `sample ${sample}, column ${rest}`;
  const position: number[] = [];
  for (let axis = shape.length - 1; axis > 0; axis--) {
    position.unshift(rest % shape[axis]);
    rest = Math.floor(rest / shape[axis]);
  }
  return `sample ${sample}, position ${showShape(position)}`;
}

/**
 * Refuses an empty set, NaN and infinity, naming where they are, and whole numbers that float32 cannot hold.
 *
 * @param columns names of the columns, where they have some
 * @param firstSample the number of the first of these samples among all
 */
export function checkValues(tensor: Tensor, who: string, columns?: readonly string[], firstSample = 0): void {
  if (tensor.shape[0] === 0) throw new DataError(`${who} is empty.`);
  const found = findNonFinite(tensor);
  if (found) {
    const name = columns?.[found.index % columns.length];
    const called = name === undefined ? "" : ` (${show(name)})`;
    throw new DataError(
      `${who} holds ${found.value} at ${showPlace(found.index, tensor.shape, firstSample)}${called}. Replace or drop missing values first.`,
    );
  }
  refuseCollapse(tensor, who);
}

/** Checks values, of which the first is that of this sample; throws what is wrong with them. */
export type ValueCheck = (values: Tensor, firstSample: number) => void;

/** Makes values that the caller gave in `like` independent of it, and checks them. */
export type TakeValues = (tensor: Tensor, like: unknown, who: string, check: ValueCheck) => Tensor;

/** Whether the values stand in an array that the caller has, too. */
export function isCallers(data: TensorData, like: unknown): boolean {
  if (like === data) return true;
  if (Array.isArray(like)) return like.some((item) => item === data || (item as { data?: unknown })?.data === data);
  return (like as { data?: unknown })?.data === data;
}

/** Copies and checks all values now, however many there are. */
export const takeAtOnce: TakeValues = (tensor, like, _who, check) => {
  const { data, shape } = tensor;
  const own = isCallers(data, like) ? new Tensor(data.slice(), shape) : tensor;
  check(own, 0);
  return own;
};

/** What an input of a model takes. */
export interface InputPort {
  readonly shape: OpenShape;
  /** Whether its numbers must be whole ones, such as ids. */
  readonly isWhole?: boolean;
  /** Which ids its numbers may be, where a layer takes them as such. */
  readonly ids?: IdLimit | undefined;
}

/**
 * As int32.
 *
 * @throws DataError naming where it is when a number is none
 */
function toWhole(tensor: Tensor, who: string): Tensor {
  if (tensor.dtype === "int32") return tensor;
  const { data, shape } = tensor;
  const numbers = tensor.exact ?? data;
  const whole = Int32Array.from(numbers);
  const place = whole.findIndex((number, i) => number !== numbers[i]);
  if (place < 0) return new Tensor(whole, shape);
  throw new DataError(
    `${who} must hold whole numbers, as the input has dtype int32, got ${numbers[place]} at ${showPlace(place, shape, 0)}.`,
  );
}

/** Refuses numbers that are no ids of a layer, naming the first. */
function checkIds({ data, shape }: Tensor, who: string, { who: layer, count }: IdLimit, firstSample: number): void {
  const place = (data as Float32Array).findIndex((id) => !(id >= 0 && id < count && Number.isInteger(id)));
  if (place < 0) return;
  throw new DataError(
    `${who} holds ${data[place]} at ${showPlace(place, shape, firstSample)}: ${layer} takes ids, whole numbers from 0 to ${count - 1}.`,
  );
}

/**
 * Reads the inputs of a model.
 *
 * @throws ShapeError for inputs of other shapes, or of different numbers of samples; DataError for values that cannot be
 */
export function readInputs(
  inputs: readonly InputPort[],
  x: TensorsLike,
  who: string,
  take: TakeValues = takeAtOnce,
): Tensor[] {
  if (x === undefined) throw new ArgumentError(`${who}: inputs are missing.`);
  if (isDataset(x)) {
    throw new ArgumentError(`${who}: expects tensors. For those of a dataset: (await dataset.toTensors()).x.`);
  }
  const tensors = readList(x, inputs.length, "input", `${who}: x`, who);
  const count = tensors[0].shape[0];
  return tensors.map((given, i) => {
    const own = given.shape[0];
    if (own !== count) throw new ShapeError(`${who}: ${plural(count, "sample")} in x[0] but ${own} in x[${i}].`);
    const name = inputs.length === 1 ? `${who}: x` : `${who}: x[${i}]`;
    const tensor = inputs[i].isWhole ? toWhole(given, name) : given;
    if (tensor.shape[0] === 0) throw new DataError(`${name} is empty.`);
    const expected = inputs[i].shape;
    const got = tensor.shape.slice(1);
    // A column of single numbers may come as [samples] for an input of shape [1].
    const fits = fitsShape(got, expected) || (got.length === 0 && isOne(expected));
    if (!fits) throw new ShapeError(inputMessage(name, expected, tensor.shape));
    if (got[0] === 0) throw new DataError(`${name} has sequences of length 0: ${showShape(tensor.shape)}.`);
    const { ids } = inputs[i];
    return take(tensor, x, name, (values, first) => {
      checkValues(values, name, undefined, first);
      if (ids) checkIds(values, name, ids, first);
    });
  });
}

/** Whether samples of a shape are single numbers. */
function isOne(shape: OpenShape): boolean {
  return shape.every((size) => size === 1);
}

function inputMessage(name: string, expected: OpenShape, got: Shape): string {
  return `${name} must have shape ${showShape(["samples", ...expected] as never)}, got ${showShape(got)}.${inputHint(expected, got)}`;
}

/**
 * Checks the shapes of a dataset's inputs, which nobody can reshape in place.
 *
 * @param count samples of the dataset, of which the tensors may hold more
 * @throws ShapeError naming the layer that makes them fit
 */
export function checkDatasetShapes(
  inputs: readonly { readonly shape: OpenShape }[],
  x: readonly Tensor[],
  who: string,
  count = x[0].shape[0],
): void {
  if (x.length !== inputs.length) return;
  for (const [i, { shape }] of inputs.entries()) {
    const got = x[i].shape.slice(1);
    if (fitsShape(got, shape) || !isFilled(shape, got) || (got.length === 0 && isOne(shape))) continue;
    const name = inputs.length === 1 ? `${who}: x` : `${who}: x[${i}]`;
    const flatten = shape.length === 1 ? " or layers.flatten()" : "";
    throw new ShapeError(
      `${name} must have shape ${showShape(["samples", ...shape] as never)}, got ${showShape([count, ...got])}. ` +
        `Begin the model with layers.reshape({ targetShape: ${showShape(shape)} })${flatten}.`,
    );
  }
}

/** Whether a fixed shape has as many numbers as another. */
function isFilled(shape: OpenShape, by: Shape): shape is Shape {
  return !shape.includes(null) && sizeOf(shape as Shape) === sizeOf(by);
}

/** What a user most likely meant with inputs of the wrong shape. */
function inputHint(expected: OpenShape, got: Shape): string {
  if (fitsShape(got, expected)) {
    const orFixed = expected.includes(null) ? " If samples are no sequences, leave null out of the model's shape." : "";
    return ` Wrap a single sample in an array: the first dimension is the batch.${orFixed}`;
  }
  if (!isFilled(expected, got.slice(1))) return "";
  const instead = expected.length === 1 ? ", or begin the model with layers.flatten()" : "";
  return ` Reshape it: tensor(x.data, ${showShape([got[0], ...expected])})${instead}.`;
}

/** One tensor for each input or output. Of several, nested arrays could not be told from those of one. */
export function readList(like: TensorsLike, count: number, noun: string, name: string, who: string): readonly Tensor[] {
  const isList = Array.isArray(like) && like.length > 0 && like.every(isDataAndShape);
  const hint =
    count > 1
      ? ` Give an array of ${count} tensors, each made by tensor().`
      : isList && like.length > 1
        ? " Samples are the first axis of one tensor; sequences of different lengths are padded by dataset.paddedBatch()."
        : "";
  if (
    like === null ||
    (typeof like === "object" && !Array.isArray(like) && !ArrayBuffer.isView(like) && !isDataAndShape(like))
  ) {
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
function listHint(like: object | null, who: string): string {
  if (!like || !("x" in like)) return "";
  const [call] = who.split(":");
  return call === "predict" ? " Write predict(x)." : ` Write ${call}(x, y), or ${call}(data.fromTensors(x, y)).`;
}
