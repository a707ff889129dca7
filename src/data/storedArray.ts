import { ArgumentError, DataError, ShapeError } from "../errors";
import { show } from "../options";
import { type ArrayKind, isA, isDetached, kindOf } from "../platform/realm";
import { MAXIMUM_RANK, type TensorLike, type TypedArray, toTensor } from "../tensor/tensor";

/** An array of numbers of any type with a shape. Files can hold whole numbers of 64 bits, which tensors cannot. */
export interface ArrayAndShape {
  /** All values, row by row. */
  readonly data: TypedArray | BigInt64Array | BigUint64Array;
  /** Sizes along each axis, the outermost first. */
  readonly shape: readonly number[];
}

/** What can be written into a file: a tensor, nested arrays of numbers, or any typed array with a shape, whose type is kept. */
export type StoredLike = TensorLike | ArrayAndShape;

/** Tensors by name. */
export type NamedTensors = ReadonlyMap<string, StoredLike> | Readonly<Record<string, StoredLike>>;

/** A typed array of any kind, and its shape. */
export interface StoredArray {
  readonly kind: ArrayKind;
  readonly data: ArrayBufferView & { readonly length: number };
  readonly shape: readonly number[];
}

/**
 * The array to write. Numbers that are in no typed array are written as float32.
 *
 * @throws ShapeError, DataError as `tensor` does
 */
export function toStored(like: StoredLike, who: string): StoredArray {
  const { data, shape } = (like ?? {}) as { data?: unknown; shape?: unknown };
  const kind = kindOf(data);
  if (kind === undefined || !Array.isArray(shape)) {
    const made = toTensor(like as TensorLike, who);
    return { kind: kindOf(made.data)!, data: made.data, shape: made.shape };
  }
  const array = data as StoredArray["data"];
  if (array.length === 0 && isDetached(array)) {
    throw new DataError(`${who}: the array is detached, its memory was transferred. Transfer a copy: array.slice().`);
  }
  if (!shape.every((size) => Number.isSafeInteger(size) && size >= 0) || shape.length > MAXIMUM_RANK) {
    throw new ShapeError(`${who}: shape must be at most ${MAXIMUM_RANK} integers ≥ 0, got ${show(shape)}.`);
  }
  const size = shape.reduce((product, length) => product * length, 1);
  if (size !== array.length) {
    throw new ShapeError(`${who}: shape [${shape}] holds ${size} values, got ${array.length}.`);
  }
  return { kind, data: array, shape };
}

/**
 * Names and arrays in their order.
 *
 * @throws ArgumentError for what is no record, or a name that is no text
 */
export function toStoredEntries(tensors: NamedTensors, who: string): [string, StoredArray][] {
  const isRecord =
    tensors !== null && typeof tensors === "object" && !Array.isArray(tensors) && !ArrayBuffer.isView(tensors);
  if (!isRecord || (kindOf((tensors as { data?: unknown }).data) && "shape" in tensors)) {
    throw new ArgumentError(`${who}: expects tensors by name, { name: tensor }, got ${show(tensors)}.`);
  }
  const entries: [string, StoredLike][] = isA("Map", tensors)
    ? [...(tensors as ReadonlyMap<string, StoredLike>)]
    : Object.entries(tensors);
  return entries.map(([name, tensor]) => {
    checkText(name, "a name", who);
    return [name, toStored(tensor, `${who}: ${show(name)}`)];
  });
}

/** A lone half of a surrogate pair has no UTF-8. */
export function checkText(text: unknown, what: string, who: string): void {
  if (typeof text !== "string" || /\p{Surrogate}/u.test(text)) {
    throw new ArgumentError(`${who}: ${what} must be text in Unicode, got ${show(text)}.`);
  }
}
