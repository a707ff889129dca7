import { DataError, ShapeError } from "../errors";
import { didYouMean, show } from "../options";
import {
  type DataAndShape,
  isDataAndShape,
  Tensor,
  type TensorData,
  type TensorLike,
  toExactTensor,
  toOwnTensor,
  toTensor,
  zeros,
} from "../tensor/tensor";
import { sizeOf } from "../tensor/shape";

/**
 * What a dataset yields: one sample, or a batch of samples with a leading dimension. A model of several inputs or
 * outputs takes an array of tensors; a single tensor always stands alone, never in an array of one.
 */
export interface Item {
  /** Inputs. */
  readonly x: Tensor | readonly Tensor[];
  /** Targets, where there are any. */
  readonly y?: Tensor | readonly Tensor[] | undefined;
  /**
   * How much a sample counts in the loss, where not all count the same: a number, or one for each step of its output. For
   * several outputs one for all, or an array of one each.
   */
  readonly sampleWeight?: Tensor | readonly Tensor[] | undefined;
}

/** The tensors of an item, or of all samples of a dataset, by side: lists, which are empty where there is nothing. */
export interface Columns {
  readonly x: readonly Tensor[];
  readonly y: readonly Tensor[];
  readonly sampleWeight?: readonly Tensor[];
  /** What the columns of the only x are called, where they have names. */
  readonly names?: readonly string[] | undefined;
}

/** The sides of an item. */
const SIDES = ["x", "y", "sampleWeight"] as const;

/** One tensor, or one for each input (output) of the model: an array counts as several when it holds only tensors. */
export type TensorsLike = TensorLike | readonly (Tensor | DataAndShape)[];

/** What an item can be written as: `{ x, y }`, `{ x }`, `[x, y]` or `{ x, y, sampleWeight }`. */
export type ItemLike =
  | {
      /** Inputs. */
      readonly x: TensorsLike;
      /** Targets. */
      readonly y?: TensorsLike | undefined;
      /** How much it counts in the loss. Default 1. */
      readonly sampleWeight?: TensorsLike | undefined;
    }
  | readonly [x: TensorsLike, y: TensorsLike];

/** The tensors of one side of an item, as an array in any case. */
export function listOf(tensors: Tensor | readonly Tensor[] | undefined): readonly Tensor[] {
  if (tensors === undefined) return [];
  return tensors instanceof Tensor ? [tensors] : tensors;
}

/** The item of these tensors. */
export function itemOf(x: readonly Tensor[], y: readonly Tensor[], sampleWeight: readonly Tensor[] = []): Item {
  const side = (tensors: readonly Tensor[]) => (tensors.length === 1 ? tensors[0] : tensors);
  return {
    x: side(x),
    ...(y.length > 0 && { y: side(y) }),
    ...(sampleWeight.length > 0 && { sampleWeight: side(sampleWeight) }),
  };
}

/** The tensors of an item, as lists. */
export function columnsOf({ x, y, sampleWeight }: Item): Required<Omit<Columns, "names">> {
  return { x: listOf(x), y: listOf(y), sampleWeight: listOf(sampleWeight) };
}

/** An item of what becomes of each tensor of some columns. */
export function mapColumns({ x, y, sampleWeight = [] }: Columns, change: (tensor: Tensor) => Tensor): Item {
  return itemOf(x.map(change), y.map(change), sampleWeight.map(change));
}

/**
 * Reads one side of an item, as an array in any case.
 *
 * @param read reads one tensor: `toTensor` or one of its siblings
 */
export function toTensors(
  like: TensorsLike,
  who: string,
  minimumRank = 0,
  read: (like: TensorLike, who: string, minimumRank: number) => Tensor = toTensor,
): readonly Tensor[] {
  if (Array.isArray(like) && holdsOnlyTensors(like)) {
    return like.map((one, i) => read(one, like.length === 1 ? who : `${who}[${i}]`, minimumRank));
  }
  return [read(like as TensorLike, who, minimumRank)];
}

function holdsOnlyTensors(like: readonly unknown[]): boolean {
  // Not every(), which passes over holes.
  for (const one of like) if (!isDataAndShape(one)) return false;
  return like.length > 0;
}

/** Whether it is written `{ x, … }`. Nothing that a tensor can be made of has an x. */
export function hasX(like: unknown): boolean {
  return typeof like === "object" && like !== null && "x" in like;
}

/**
 * Reads an item, naming `who` and its side in every error. Its tensors have memory of their own: this is the one place where
 * what a user's function gives is copied, and whatever holds items afterwards (batches, shuffles, prefetching) holds these.
 *
 * @param owned tensors that are copies already, and stay what they are
 */
export function toItem(like: ItemLike, who: string, owned: readonly Tensor[] = []): Item {
  const read = (one: TensorLike, place: string) =>
    owned.includes(one as Tensor) ? (one as Tensor) : toOwnTensor(one, place);
  const isPair = Array.isArray(like) && like.length === 2;
  if (!isPair && !hasX(like)) throw new DataError(`${who} must be { x, y } or [x, y], got ${show(like)}.`);
  const sides = isPair ? { x: like[0], y: like[1] } : like;
  const { x, y, sampleWeight, ...others } = sides as Partial<Record<keyof Item, TensorsLike>>;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined)
    throw new DataError(`${who} has an unknown ${show(unknown)}.${didYouMean(unknown, SIDES)}`);
  return itemOf(
    toTensors(x as TensorsLike, `${who}: x`, 0, read),
    y === undefined ? [] : toTensors(y, `${who}: y`, 0, read),
    sampleWeight === undefined ? [] : readWeights(sampleWeight, `${who}: sampleWeight`),
  );
}

/** Weights are float32 whatever they are written as, so that all of a dataset are alike. */
export function readWeights(like: TensorsLike, who: string, minimumRank = 0): readonly Tensor[] {
  return toTensors(like, who, minimumRank).map(({ data, shape }) => new Tensor(Float32Array.from(data), shape));
}

/** Shapes and dtypes in words: `x [28, 28] uint8, y [] int32`. */
function describe(item: Item): string {
  const side = (name: string, tensors: readonly Tensor[]) =>
    tensors.map(
      ({ shape, dtype }, i) => `${tensors.length > 1 ? `${name}[${i}]` : name} [${shape.join(", ")}] ${dtype}`,
    );
  const columns = columnsOf(item);
  return SIDES.flatMap((name) => side(name, columns[name])).join(", ");
}

/**
 * Refuses an item that differs from the first in shape or dtype.
 * @param batched compares without the leading dimension, which may differ.
 * @param isOpen compares without the first dimension of samples, which may differ.
 */
export function checkAlike(first: Item, item: Item, who: string, batched = false, isOpen = false): void {
  const openAxis = batched ? 1 : 0;
  const same = (a: Tensor, b: Tensor) =>
    a.dtype === b.dtype &&
    a.shape.length === b.shape.length &&
    a.shape.every(
      (dimension, axis) => dimension === b.shape[axis] || (batched && axis === 0) || (isOpen && axis === openAxis),
    );
  for (const side of SIDES) {
    const [expected, got] = [listOf(first[side]), listOf(item[side])];
    if (expected.length !== got.length || !expected.every((tensor, i) => same(tensor, got[i]))) {
      throw new ShapeError(
        `${who} is ${describe(item)}, but the first is ${describe(first)}.${isOpen ? "" : lengthHint(first, item, batched)}`,
      );
    }
  }
}

/** What to do with sequences of different lengths. */
function lengthHint(first: Item, item: Item, batched: boolean): string {
  try {
    checkAlike(first, item, "", batched, true);
  } catch {
    return "";
  }
  return batched
    ? " For batches of different lengths: fromIterable(source, { batchSize, openLength: true })."
    : " For sequences of different lengths: fromIterable(source, { openLength: true }).paddedBatch(size).";
}

/** A batch of samples that are alike: every tensor gets a leading dimension. */
export function stack(samples: readonly Item[]): Item {
  const lists = samples.map(columnsOf);
  const column = (side: (typeof SIDES)[number], index: number) => {
    const parts = lists.map((list) => list[side][index]);
    return join(parts, [parts.length, ...parts[0].shape]);
  };
  const columns = (side: (typeof SIDES)[number]) => lists[0][side].map((_, index) => column(side, index));
  return itemOf(columns("x"), columns("y"), columns("sampleWeight"));
}

/** The values of tensors of one dtype behind each other. */
export function join(parts: readonly Tensor[], shape: readonly number[]): Tensor {
  const fill = <Values extends { set(values: ArrayLike<number>, offset: number): void }>(
    result: Values,
    valuesOf: (part: Tensor) => ArrayLike<number>,
  ): Values => {
    let offset = 0;
    for (const part of parts) {
      result.set(valuesOf(part), offset);
      offset += part.size;
    }
    return result;
  };
  if (!parts.some(({ exact }) => exact)) {
    const result = zeros(shape, parts[0].dtype);
    fill(result.data, ({ data }) => data);
    return result;
  }
  return Tensor.rounded(
    fill(new Float64Array(sizeOf(shape)), ({ data, exact }) => exact ?? data),
    shape,
    "dataset",
  );
}

/**
 * The rows of a tensor that `order` names, copied; all rows from `start` to `end` when there is no order.
 *
 * @param exact the tensor's; whoever gathers many times asks for it once
 */
export function gatherRows(
  column: Tensor,
  order: Int32Array | undefined,
  start: number,
  end: number,
  exact = column.exact,
): Tensor {
  const values = exact ?? toExactTensor(column, "dataset").data;
  const rowSize = sizeOf(column.shape.slice(1));
  const shape = [end - start, ...column.shape.slice(1)];
  if (order === undefined) return tensorOf(values.slice(start * rowSize, end * rowSize), shape);
  const result = exact ? new Float64Array(sizeOf(shape)) : zeros(shape, column.dtype).data;
  for (let i = start; i < end; i++) {
    const from = order[i] * rowSize;
    result.set(values.subarray(from, from + rowSize), (i - start) * rowSize);
  }
  return tensorOf(result, shape);
}

function tensorOf(values: TensorData | Float64Array, shape: readonly number[]): Tensor {
  return values.BYTES_PER_ELEMENT === 8
    ? Tensor.rounded(values as Float64Array, shape, "dataset")
    : new Tensor(values as TensorData, shape);
}

/** The same numbers in another shape of as many. */
export function reshaped({ data, exact }: Tensor, shape: readonly number[]): Tensor {
  return tensorOf(exact ?? data, shape);
}
