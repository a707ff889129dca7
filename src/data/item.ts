import { DataError, ShapeError } from "../errors";
import { didYouMean, show } from "../options";
import { type DataAndShape, isDataAndShape, Tensor, type TensorLike, toTensor, zeros } from "../tensor/tensor";

/**
 * What a dataset yields: one sample, or a batch of samples with a leading dimension. A model of several inputs or
 * outputs takes an array of tensors; a single tensor always stands alone, never in an array of one.
 */
export interface Item {
  /** Inputs. */
  readonly x: Tensor | readonly Tensor[];
  /** Targets, where there are any. */
  readonly y?: Tensor | readonly Tensor[];
  /**
   * How much a sample counts in the loss, where not all count the same: a number, or one for each step of its output. For
   * several outputs one for all, or an array of one each.
   */
  readonly sampleWeight?: Tensor | readonly Tensor[];
}

/** The tensors of an item, or of all samples of a dataset, by side: lists, which are empty where there is nothing. */
export interface Columns {
  readonly x: readonly Tensor[];
  readonly y: readonly Tensor[];
  readonly sampleWeight?: readonly Tensor[];
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
export function columnsOf({ x, y, sampleWeight }: Item): Required<Columns> {
  return { x: listOf(x), y: listOf(y), sampleWeight: listOf(sampleWeight) };
}

/** An item of what becomes of each tensor of some columns. */
export function mapColumns({ x, y, sampleWeight = [] }: Columns, change: (tensor: Tensor) => Tensor): Item {
  return itemOf(x.map(change), y.map(change), sampleWeight.map(change));
}

/** Reads one side of an item, as an array in any case. */
export function toTensors(like: TensorsLike, who: string, minimumRank = 0): readonly Tensor[] {
  if (Array.isArray(like) && holdsOnlyTensors(like)) {
    return like.map((one, i) => toTensor(one, like.length === 1 ? who : `${who}[${i}]`, minimumRank));
  }
  return [toTensor(like as TensorLike, who, minimumRank)];
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

/** Reads an item, naming `who` and its side in every error. */
export function toItem(like: ItemLike, who: string): Item {
  const isPair = Array.isArray(like) && like.length === 2;
  if (!isPair && !hasX(like)) throw new DataError(`${who} must be { x, y } or [x, y], got ${show(like)}.`);
  const sides = isPair ? { x: like[0], y: like[1] } : like;
  const { x, y, sampleWeight, ...others } = sides as Partial<Record<keyof Item, TensorsLike>>;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined)
    throw new DataError(`${who} has an unknown ${show(unknown)}.${didYouMean(unknown, SIDES)}`);
  return itemOf(
    toTensors(x as TensorsLike, `${who}: x`),
    y === undefined ? [] : toTensors(y, `${who}: y`),
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
 */
export function checkAlike(first: Item, item: Item, who: string, batched = false): void {
  const same = (a: Tensor, b: Tensor) =>
    a.dtype === b.dtype &&
    a.shape.length === b.shape.length &&
    a.shape.every((dimension, axis) => dimension === b.shape[axis] || (batched && axis === 0));
  for (const side of SIDES) {
    const [expected, got] = [listOf(first[side]), listOf(item[side])];
    if (expected.length !== got.length || !expected.every((tensor, i) => same(tensor, got[i]))) {
      throw new ShapeError(`${who} is ${describe(item)}, but the first is ${describe(first)}.`);
    }
  }
}

/** A batch of samples that are alike: every tensor gets a leading dimension. */
export function stack(samples: readonly Item[]): Item {
  const lists = samples.map(columnsOf);
  const column = (side: (typeof SIDES)[number], index: number) => {
    const { shape, dtype, size } = lists[0][side][index];
    const result = zeros([samples.length, ...shape], dtype);
    for (const [i, list] of lists.entries()) result.data.set(list[side][index].data, i * size);
    return result;
  };
  const columns = (side: (typeof SIDES)[number]) => lists[0][side].map((_, index) => column(side, index));
  return itemOf(columns("x"), columns("y"), columns("sampleWeight"));
}

/** The rows of a tensor that `order` names, copied; all rows from `start` to `end` when there is no order. */
export function gatherRows(column: Tensor, order: Int32Array | undefined, start: number, end: number): Tensor {
  const rowSize = column.size / column.shape[0] || 0;
  const shape = [end - start, ...column.shape.slice(1)];
  if (order === undefined) return new Tensor(column.data.slice(start * rowSize, end * rowSize), shape);
  const result = zeros(shape, column.dtype);
  for (let i = start; i < end; i++) {
    const from = order[i] * rowSize;
    result.data.set(column.data.subarray(from, from + rowSize), (i - start) * rowSize);
  }
  return result;
}
