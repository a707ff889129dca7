import { DataError, ShapeError, type WasmgradError } from "../errors";
import { areFinite } from "../numeric/finite";
import { checkArity, oneOf, show } from "../options";
import { type ArrayKind, isDetached, kindOf } from "../platform/realm";
import { findCollapse, findLost } from "./collapse";
import { sizeOf } from "./shape";

/** What a tensor's numbers are stored as. */
export type Dtype = "float32" | "int32" | "uint8";

/** The array in which a tensor of each type keeps its numbers. */
export interface DataOfDtype {
  /** Numbers of 24 significant bits. */
  float32: Float32Array;
  /** Integers from −2³¹ to 2³¹ − 1. */
  int32: Int32Array;
  /** Integers from 0 to 255. */
  uint8: Uint8Array;
}

/** The three arrays a tensor can own. */
export type TensorData = DataOfDtype[Dtype];

/** What is read of a `Float16Array`, of which not every compiler knows the type. */
export interface HalfPrecisionArray {
  /** The number of values. */
  readonly length: number;
  /** The memory in which they stand. */
  readonly buffer: ArrayBufferLike;
  /** Where they begin in it. */
  readonly byteOffset: number;
  /** The bytes they take. */
  readonly byteLength: number;
  /** The bytes of one: 2. */
  readonly BYTES_PER_ELEMENT: number;
  /** The name of the type. */
  readonly [Symbol.toStringTag]: "Float16Array";
  /** The values. */
  readonly [index: number]: number;
}

/** Any array of plain numbers JavaScript has, of any realm; those a tensor cannot own are converted. */
export type TypedArray =
  | TensorData
  | Float64Array
  | HalfPrecisionArray
  | Int8Array
  | Int16Array
  | Uint16Array
  | Uint32Array
  | Uint8ClampedArray;

/** A number, or arrays of arrays of numbers. A row of the innermost level may be a typed array. */
export type Nested = number | TypedArray | readonly Nested[];

/** A number, or arrays of arrays of numbers, none of them typed: what becomes float32 unless another type is asked for. */
export type NestedNumbers = number | readonly NestedNumbers[];

/** What a tensor is made of, also of other libraries. */
export interface DataAndShape {
  /** All values, row by row. */
  readonly data: TypedArray;
  /** Sizes along each axis, the outermost first. */
  readonly shape: readonly number[];
}

/** Whatever is accepted where data goes in. */
export type TensorLike = Tensor | DataAndShape | Nested;

const DTYPES: readonly Dtype[] = ["float32", "int32", "uint8"];
const ARRAY_OF = { float32: Float32Array, int32: Int32Array, uint8: Uint8Array } as const;

/** What becomes of each kind of typed array. Whole numbers of 64 bits have no type of their own here. */
const DTYPE_OF: Readonly<Record<ArrayKind, Dtype | undefined>> = {
  Float16Array: "float32",
  Float32Array: "float32",
  Float64Array: "float32",
  Int8Array: "int32",
  Int16Array: "int32",
  Int32Array: "int32",
  Uint8Array: "uint8",
  Uint8ClampedArray: "uint8",
  Uint16Array: "int32",
  Uint32Array: "int32",
  BigInt64Array: undefined,
  BigUint64Array: undefined,
};

/** Deep enough for any model, and the end of an array that contains itself. */
export const MAXIMUM_RANK = 16;

/** Arrays of numbers by how deep they are nested. */
export interface ArrayOfRank {
  /** A single number. */
  0: number;
  /** A vector. */
  1: number[];
  /** A matrix, row by row. */
  2: number[][];
  /** Such as sequences, or images of one channel. */
  3: number[][][];
  /** Such as images. */
  4: number[][][][];
}

/** How many values of a tensor are told of it as text. */
const SHOWN_VALUES = 8;

/**
 * Numbers and a shape, row-major. A plain container: nothing to dispose, nothing is computed on it. The array is used
 * as it is, not copied, so changing it changes the tensor.
 *
 * The parameter is the type of the numbers where it is known, so that `data` is one kind of array: what a model returns is a
 * `Tensor<"float32">`. A `Tensor` without it may hold any; `Array.from(tensor.data)` has all methods then.
 */
export class Tensor<Type extends Dtype = Dtype> {
  /**
   * All values, row by row: the array that was given, or one of this realm over the same memory when that is of another
   * realm or of a subclass, such as Node's `Buffer`.
   */
  readonly data: DataOfDtype[Type];
  /** Sizes along each axis, the outermost first. Empty for a single number. */
  readonly shape: readonly number[];
  /** What was rounded to make `data`. A private field, so that no comparison and no JSON sees it. */
  #exact?: Float64Array;

  /**
   * @throws ShapeError when the shape does not hold exactly as many values as `data` does, DataError for what is none of the
   *   three arrays, or detached
   */
  constructor(data: DataOfDtype[Type], shape: readonly number[]) {
    const dtype = ownedDtype(data);
    if (dtype === undefined) {
      throw new DataError(
        `Tensor: expected a Float32Array, Int32Array or Uint8Array, got ${show(data)}. tensor makes one of any numbers.`,
      );
    }
    checkAttached(data, "Tensor");
    this.data = plainArray(data, dtype) as DataOfDtype[Type];
    this.shape = checkShape("Tensor", shape, data.length);
  }

  /**
   * @internal float32 of numbers in float64, which are kept beside it where rounding has changed one: what learns from data
   * learns from those.
   * @param data the rounded numbers, by who has rounded them already and knows that the others are to be kept
   * @throws DataError naming a number that is too large for float32
   */
  static rounded(exact: Float64Array, shape: readonly number[], who: string, data?: Float32Array): Tensor<"float32"> {
    const result = new Tensor<"float32">(data ?? roundAll(exact, who), shape);
    if (data || !sameNumbers(exact, result.data)) result.#exact = exact;
    return result;
  }

  /**
   * @internal The numbers before they were rounded to float32, where rounding has changed one, they are known, and nobody has
   * written into `data` since.
   */
  get exact(): Float64Array | undefined {
    const exact = this.#exact;
    if (exact && !sameNumbers(exact, this.data, Math.fround)) this.#exact = undefined;
    return this.#exact;
  }

  /** What the numbers are stored as. */
  get dtype(): Type {
    return DTYPE_OF[kindOf(this.data)!] as Type;
  }

  /** The number of values. */
  get size(): number {
    return this.data.length;
  }

  /** The values as nested arrays; a number when the rank is 0. Give the rank for a type that can be indexed. */
  toArray(): Nested;
  /**
   * The values as arrays nested `rank` deep: `output.toArray(2)[0][1]` is the second number of the first row.
   *
   * @throws ShapeError when the tensor is of another rank
   */
  toArray<Rank extends keyof ArrayOfRank>(rank: Rank): ArrayOfRank[Rank];
  toArray(rank = this.shape.length): Nested {
    checkAttached(this.data, "toArray");
    if (rank !== this.shape.length) {
      throw new ShapeError(`toArray: rank ${rank} was asked for, the shape is [${this.shape.join(", ")}].`);
    }
    const nest = (axis: number, offset: number, count: number): Nested => {
      if (axis === this.shape.length) return this.data[offset];
      const stride = count / this.shape[axis] || 0;
      return Array.from({ length: this.shape[axis] }, (_, i) => nest(axis + 1, offset + i * stride, stride));
    };
    return nest(0, 0, this.size);
  }

  /** Type, shape and the first values in six digits: `float32 [2, 3]: 1, 2, 3, 4, 5, 6`. */
  toString(): string {
    const values = Array.from(this.data.subarray(0, SHOWN_VALUES), (value) => Number(value.toPrecision(6)));
    const rest = this.size > SHOWN_VALUES ? ", …" : "";
    return `${this.dtype} [${this.shape.join(", ")}]: ${values.join(", ")}${rest}`;
  }
}

/**
 * A tensor of the given values: nested arrays, or a typed array with a shape.
 *
 * Without `shape` the nesting is the shape. Without `dtype` typed arrays of 8-bit unsigned numbers give uint8, other
 * integer arrays int32, everything else float32. A typed array that already fits is used without a copy.
 *
 * @throws ShapeError when the values are ragged or do not fill the shape.
 * @throws DataError when a value is not a number, or not one of the dtype (int32 and uint8 take integers in range).
 */
export function tensor<Type extends Dtype>(
  values: Nested,
  shape: readonly number[] | undefined,
  dtype: Type,
): Tensor<Type>;
/** Without a type, numbers in nested arrays become float32. */
export function tensor(
  values: NestedNumbers | Float32Array | Float64Array,
  shape?: readonly number[],
): Tensor<"float32">;
/** Without a type, typed arrays give the type that fits. */
export function tensor(values: Nested, shape?: readonly number[], dtype?: Dtype): Tensor;
export function tensor(values: Nested, shape?: readonly number[], dtype?: Dtype, ...rest: unknown[]): Tensor {
  checkArity("tensor", rest, "tensor(values, shape, dtype)");
  if (dtype !== undefined) oneOf("tensor", "dtype", dtype, DTYPES);
  const owned = ownedDtype(values);
  if (shape !== undefined && owned !== undefined && owned === (dtype ?? owned)) {
    checkAttached(values as TensorData, "tensor: values");
    return new Tensor(values as TensorData, checkShape("tensor", shape, (values as TensorData).length));
  }
  const natural = read(values, "tensor: values", dtype);
  if (natural.dtype === "float32") refuseCollapse(natural, "tensor: values");
  return new Tensor(natural.data, shape === undefined ? natural.shape : checkShape("tensor", shape, natural.size));
}

/**
 * The tensor that `like` stands for, which is `like` itself when it is one.
 *
 * @param who the call and the argument, as error messages begin: `fit: x`.
 * @param minimumRank 1 where a leading dimension of samples is needed.
 * @throws ShapeError or DataError as `tensor` does, beginning with `who`.
 */
export function toTensor(like: TensorLike, who: string, minimumRank = 0): Tensor {
  const result = toExactTensor(like, who, minimumRank);
  if (result.dtype === "float32") refuseCollapse(result, who);
  return result;
}

/**
 * As `toTensor`, for what learns from data before float32 has to tell its numbers apart: whole numbers that are the same in
 * float32 are refused where they are trained on or predicted from, not here.
 */
export function toExactTensor(like: TensorLike, who: string, minimumRank = 0): Tensor {
  const result =
    like instanceof Tensor ? whole(like, who) : isDataAndShape(like) ? fromParts(like, who) : read(like, who);
  if (result.shape.length < minimumRank) {
    throw new ShapeError(
      `${who} must have rank ${minimumRank} or more, got shape [${result.shape}]. Wrap a single value in an array.`,
    );
  }
  return result;
}

/**
 * As `toExactTensor`, in memory of its own: for what is held after the call, while the giver may fill the same array anew.
 * Numbers in nested arrays are copied anyway.
 */
export function toOwnTensor(like: TensorLike, who: string): Tensor {
  const result = toExactTensor(like, who);
  const given = isTypedArray(like) ? like : isDataAndShape(like) ? like.data : undefined;
  if (given?.buffer !== result.data.buffer) return result;
  if (result.exact) return Tensor.rounded(result.exact.slice(), result.shape, who);
  return new Tensor(result.data.slice(), result.shape);
}

/**
 * Refuses whole numbers that float32 cannot hold: of numbers that were given as float32 those of which two become one, of
 * int32 each.
 *
 * @throws DataError naming them
 */
export function refuseCollapse({ data, dtype, exact }: Tensor, who: string): void {
  const lost = dtype === "int32" ? findLost(data) : undefined;
  const found = exact && findCollapse(exact);
  if (lost === undefined && !found) return;
  const what = found
    ? `${found[0]} and ${found[1]}, which float32 cannot tell apart`
    : `${data[lost!]}, which is ${Math.fround(data[lost!])} in float32`;
  throw new DataError(
    `${who} holds ${what}. Subtract an offset first, or let data.standardize learn from the numbers as they are.`,
  );
}

/** The first value that is NaN or infinite, or undefined when all are finite. */
export function findNonFinite({ data }: Tensor): { index: number; value: number } | undefined {
  if (kindOf(data) !== "Float32Array" || areFinite(data as Float32Array)) return undefined;
  const index = data.findIndex((value) => !Number.isFinite(value));
  return { index, value: data[index] };
}

/** A new tensor of zeros. */
export function zeros(shape: readonly number[], dtype: Dtype): Tensor {
  return new Tensor(new ARRAY_OF[dtype](sizeOf(shape)), shape);
}

/** The dtype of an array that a tensor can own; undefined for everything else. */
function ownedDtype(value: unknown): Dtype | undefined {
  const kind = kindOf(value);
  const dtype = kind && DTYPE_OF[kind];
  return dtype && ARRAY_OF[dtype].name === kind ? dtype : undefined;
}

/** Arrays of whole numbers of 64 bits are none: what they hold is no `number`. */
function isTypedArray(value: unknown): value is TypedArray {
  const kind = kindOf(value);
  return kind !== undefined && DTYPE_OF[kind] !== undefined;
}

/** Refuses an array whose memory has been transferred to somebody else. */
function checkAttached(array: TypedArray, who: string): void {
  if (array.length > 0 || !isDetached(array as ArrayBufferView)) return;
  throw new DataError(`${who}: the array is detached, its memory was transferred. Transfer a copy: array.slice().`);
}

/** The tensor itself. Its memory may have gone, or shrunk, since it was made. */
function whole(tensor: Tensor, who: string): Tensor {
  const { data, shape } = tensor;
  if (data.length !== sizeOf(shape)) {
    checkAttached(data, who);
    throw new ShapeError(`${who}: shape [${shape}] holds ${sizeOf(shape)} values, got ${data.length}.`);
  }
  return tensor;
}

/** The same memory as an array of this realm's own class, whose methods do what is expected: `Buffer.slice` copies nothing. */
function plainArray(array: TypedArray, dtype: Dtype): TensorData {
  const own = ARRAY_OF[dtype];
  if (Object.getPrototypeOf(array) === own.prototype) return array as TensorData;
  return new own(array.buffer as ArrayBuffer, array.byteOffset, array.length);
}

/** True for `{ data, shape }`, which includes every Tensor. */
export function isDataAndShape(value: unknown): value is { data: TypedArray; shape: readonly number[] } {
  if (value === null || typeof value !== "object") return false;
  const { data, shape } = value as { data?: unknown; shape?: unknown };
  return isTypedArray(data) && Array.isArray(shape);
}

function checkShape(who: string, shape: readonly number[], size: number): readonly number[] {
  if (!Array.isArray(shape) || !shape.every((dimension) => Number.isSafeInteger(dimension) && dimension >= 0)) {
    throw new ShapeError(`${who}: shape must be an array of integers ≥ 0, got ${show(shape)}.`);
  }
  if (shape.length > MAXIMUM_RANK) throw new ShapeError(`${who}: rank ${shape.length} is above ${MAXIMUM_RANK}.`);
  if (sizeOf(shape) !== size) {
    throw new ShapeError(`${who}: shape [${shape}] holds ${sizeOf(shape)} values, got ${size}.`);
  }
  // Freezing takes as long as everything else that is done to make a small tensor.
  return Object.isFrozen(shape) ? shape : Object.freeze([...shape]);
}

function fromParts({ data, shape }: { data: TypedArray; shape: readonly number[] }, who: string): Tensor {
  checkAttached(data, who);
  return convert(data, checkShape(who, shape, data.length), dtypeOf(data), who);
}

const dtypeOf = (array: TypedArray): Dtype => DTYPE_OF[kindOf(array)!]!;

/** A tensor on the array itself when it has the dtype, else on a converted copy. */
function convert(array: TypedArray, shape: readonly number[], dtype: Dtype, who: string): Tensor {
  if (kindOf(array) === ARRAY_OF[dtype].name) return new Tensor(plainArray(array, dtype), shape);
  if (dtype === "float32") return Tensor.rounded(new Float64Array(array), shape, who);
  const result = new ARRAY_OF[dtype](array.length);
  for (let i = 0; i < array.length; i++) {
    result[i] = array[i];
    if (result[i] !== array[i]) throw notOfDtype(`${who}[${i}]`, array[i], dtype);
  }
  return new Tensor(result, shape);
}

/** Rounds to float32, which must not make an infinity of a number. */
function roundAll(values: Float64Array, who: string): Float32Array<ArrayBuffer> {
  const result = new Float32Array(values);
  if (areFinite(result)) return result;
  const index = values.findIndex((value, i) => Number.isFinite(value) && !Number.isFinite(result[i]));
  if (index === -1) return result;
  throw new DataError(`${who}: ${values[index]} is too large for float32, which ends at ±3.4e38.`);
}

/** Whether numbers are the same, after a change of each. NaN is the same as NaN. */
function sameNumbers(from: Float64Array, to: ArrayLike<number>, change = (value: number) => value): boolean {
  if (from.length !== to.length) return false;
  for (let i = 0; i < from.length; i++) if (change(from[i]) !== to[i] && !Number.isNaN(from[i])) return false;
  return true;
}

function notOfDtype(where: string, value: number, dtype: Dtype): DataError {
  const range = dtype === "uint8" ? "0 to 255" : "-2147483648 to 2147483647";
  return new DataError(`${where} is ${value}, but ${dtype} holds integers from ${range}.`);
}

/** Reads nested arrays: the first path down fixes shape and dtype, every other path must agree. */
function read(values: unknown, who: string, asked?: Dtype): Tensor {
  const shape: number[] = [];
  let first = values;
  while (Array.isArray(first)) {
    shape.push(first.length);
    if (shape.length > MAXIMUM_RANK) throw new ShapeError(`${who} is nested deeper than ${MAXIMUM_RANK} levels.`);
    first = first[0];
  }
  const dtype = asked ?? (isTypedArray(first) ? dtypeOf(first) : "float32");
  if (isTypedArray(first)) {
    checkAttached(first, who);
    shape.push(first.length);
  }
  if (values === first && isTypedArray(values)) return convert(values, shape, dtype, who);

  // The shape is a promise made by the first path only. Counting what is there comes before allocating by it.
  checkNesting(values, shape, who);
  const isExact = dtype === "float32";
  const data = new (isExact ? Float64Array : ARRAY_OF[dtype])(sizeOf(shape));
  fill(values, shape, data, dtype, who);
  return isExact ? Tensor.rounded(data as Float64Array, shape, who) : new Tensor(data as TensorData, shape);
}

function checkNesting(value: unknown, shape: readonly number[], who: string, path: readonly number[] = []): void {
  const axis = path.length;
  if (axis === shape.length) return;
  if (!Array.isArray(value) && !isTypedArray(value)) throw notA("an array", value, path, who);
  if (isTypedArray(value)) checkAttached(value, who);
  if (value.length !== shape[axis]) {
    const hint =
      axis === 1 && shape.length > 2 ? " Sequences of different lengths are padded by dataset.paddedBatch()." : "";
    const [here, first] = [place(path), place(path.map(() => 0))];
    throw new ShapeError(`${who} is ragged: ${here} has ${value.length} values, ${first} has ${shape[axis]}.${hint}`);
  }
  const innermost = axis + 1 === shape.length;
  if (isTypedArray(value) && !innermost) {
    const [here, first] = [place(path), place(path.map(() => 0))];
    throw new ShapeError(`${who} is ragged: ${here} holds numbers, ${first} holds arrays.`);
  }
  for (let i = 0; i < value.length && !innermost; i++) checkNesting(value[i], shape, who, [...path, i]);
}

function fill(
  values: unknown,
  shape: readonly number[],
  data: TensorData | Float64Array,
  dtype: Dtype,
  who: string,
): void {
  let offset = 0;
  const isExact = dtype === "float32";
  // A row at a time, and no path beside it: where a value stands shows from how many came before it.
  const fillRow = (row: ArrayLike<unknown>): void => {
    for (let i = 0; i < row.length; i++) {
      const value = row[i];
      if (typeof value !== "number") throw notA("a number", value, pathOf(offset, shape), who);
      data[offset] = value;
      if (!isExact && data[offset] !== value) {
        throw notOfDtype(`${who}${brackets(pathOf(offset, shape))}`, value, dtype);
      }
      offset++;
    }
  };
  const walk = (value: unknown, axis: number): void => {
    const row = value as ArrayLike<unknown>;
    if (axis + 1 >= shape.length) fillRow(row);
    else for (let i = 0; i < row.length; i++) walk(row[i], axis + 1);
  };
  walk(shape.length === 0 ? [values] : values, 0);
}

/** Where the value stands that comes behind so many others. */
function pathOf(offset: number, shape: readonly number[]): number[] {
  const path: number[] = [];
  for (const size of [...shape].reverse()) {
    path.unshift(offset % size);
    offset = Math.floor(offset / size);
  }
  return path;
}

function notA(expected: string, value: unknown, path: readonly number[], who: string): WasmgradError {
  const where = `${who}${brackets(path)}`;
  if (Array.isArray(value) || isTypedArray(value)) {
    return new ShapeError(`${who} is ragged: ${place(path)} is an array, ${place(path.map(() => 0))} a number.`);
  }
  return new DataError(`${where} must be ${expected}, got ${show(value)}.${numberHint(value)}`);
}

/** How to make a number of what is none. */
function numberHint(value: unknown): string {
  if (typeof value === "boolean") return " Write 1 for true and 0 for false.";
  if (typeof value === "bigint" || kindOf(value)?.startsWith("Big")) {
    return " Make numbers of big integers: Float64Array.from(values, Number).";
  }
  if (typeof value !== "string") return "";
  const isNumeral = value.trim() !== "" && Number.isFinite(Number(value));
  return isNumeral
    ? " Convert texts with Number()."
    : " Give words numbers, such as their places in a list: names.indexOf(word).";
}

const brackets = (path: readonly number[]): string => path.map((i) => `[${i}]`).join("");

/** `row 3` on the first axis, `[3][0]` below it. */
const place = (path: readonly number[]): string =>
  path.length === 0 ? "it" : path.length === 1 ? `row ${path[0]}` : brackets(path);
