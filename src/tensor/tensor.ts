import { DataError, ShapeError, type WasmgradError } from "../errors";
import { areFinite } from "../numeric/finite";
import { oneOf, show } from "../options";
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

/** Any array of plain numbers JavaScript has; those a tensor cannot own are converted. */
export type TypedArray =
  | TensorData
  | Float64Array
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
  /** Sizes along each axis, the outermost first. Empty for a single number. */
  readonly shape: readonly number[];

  /**
   * @throws ShapeError when the shape does not hold exactly as many values as `data` does, DataError for what is none of the
   *   three arrays
   */
  constructor(
    /** All values, row by row. */
    readonly data: DataOfDtype[Type],
    shape: readonly number[],
  ) {
    if (!DTYPES.some((dtype) => data instanceof ARRAY_OF[dtype])) {
      throw new DataError(
        `Tensor: expected a Float32Array, Int32Array or Uint8Array, got ${show(data)}. tensor makes one of any numbers.`,
      );
    }
    this.shape = checkShape("Tensor", shape, data.length);
  }

  /** What the numbers are stored as. */
  get dtype(): Type {
    if (this.data instanceof Float32Array) return "float32" as Type;
    return (this.data instanceof Int32Array ? "int32" : "uint8") as Type;
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
export function tensor(values: Nested, shape?: readonly number[], dtype?: Dtype): Tensor {
  if (dtype !== undefined) oneOf("tensor", "dtype", dtype, DTYPES);
  const natural = read(values, "tensor: values", dtype);
  return shape === undefined ? natural : new Tensor(natural.data, checkShape("tensor", shape, natural.size));
}

/**
 * The tensor that `like` stands for, which is `like` itself when it is one.
 *
 * @param who the call and the argument, as error messages begin: `fit: x`.
 * @param minimumRank 1 where a leading dimension of samples is needed.
 * @throws ShapeError or DataError as `tensor` does, beginning with `who`.
 */
export function toTensor(like: TensorLike, who: string, minimumRank = 0): Tensor {
  const result = like instanceof Tensor ? like : isDataAndShape(like) ? fromParts(like, who) : read(like, who);
  if (result.shape.length < minimumRank) {
    throw new ShapeError(
      `${who} must have rank ${minimumRank} or more, got shape [${result.shape}]. Wrap a single value in an array.`,
    );
  }
  return result;
}

/** The first value that is NaN or infinite, or undefined when all are finite. */
export function findNonFinite({ data }: Tensor): { index: number; value: number } | undefined {
  if (!(data instanceof Float32Array) || areFinite(data)) return undefined;
  const index = data.findIndex((value) => !Number.isFinite(value));
  return { index, value: data[index] };
}

/** A new tensor of zeros. */
export function zeros(shape: readonly number[], dtype: Dtype): Tensor {
  return new Tensor(new ARRAY_OF[dtype](sizeOf(shape)), shape);
}

function isTypedArray(value: unknown): value is TypedArray {
  if (!ArrayBuffer.isView(value) || value instanceof DataView) return false;
  return !(value instanceof BigInt64Array || value instanceof BigUint64Array);
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
  return Object.freeze([...shape]);
}

function fromParts({ data, shape }: { data: TypedArray; shape: readonly number[] }, who: string): Tensor {
  return new Tensor(convert(data, dtypeOf(data), who), checkShape(who, shape, data.length));
}

function dtypeOf(array: TypedArray): Dtype {
  if (array instanceof Float32Array || array instanceof Float64Array) return "float32";
  return array.BYTES_PER_ELEMENT === 1 && !(array instanceof Int8Array) ? "uint8" : "int32";
}

/** The array itself when it has the dtype, else a converted copy. */
function convert(array: TypedArray, dtype: Dtype, who: string): TensorData {
  if (array instanceof ARRAY_OF[dtype]) return array;
  if (dtype === "float32") return new Float32Array(array);
  const result = new ARRAY_OF[dtype](array.length);
  for (let i = 0; i < array.length; i++) {
    result[i] = array[i];
    if (result[i] !== array[i]) throw notOfDtype(`${who}[${i}]`, array[i], dtype);
  }
  return result;
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
  if (isTypedArray(first)) shape.push(first.length);
  if (values === first && isTypedArray(values)) return new Tensor(convert(values, dtype, who), shape);

  // The shape is a promise made by the first path only. Counting what is there comes before allocating by it.
  checkNesting(values, shape, who);
  const data = new ARRAY_OF[dtype](sizeOf(shape));
  fill(values, shape, data, dtype, who);
  return new Tensor(data, shape);
}

function checkNesting(value: unknown, shape: readonly number[], who: string, path: readonly number[] = []): void {
  const axis = path.length;
  if (axis === shape.length) return;
  if (!Array.isArray(value) && !isTypedArray(value)) throw notA("an array", value, path, who);
  const [here, first] = [place(path), place(path.map(() => 0))];
  if (value.length !== shape[axis]) {
    throw new ShapeError(`${who} is ragged: ${here} has ${value.length} values, ${first} has ${shape[axis]}.`);
  }
  const innermost = axis + 1 === shape.length;
  if (isTypedArray(value) && !innermost) {
    throw new ShapeError(`${who} is ragged: ${here} holds numbers, ${first} holds arrays.`);
  }
  for (let i = 0; i < value.length && !innermost; i++) checkNesting(value[i], shape, who, [...path, i]);
}

function fill(values: unknown, shape: readonly number[], data: TensorData, dtype: Dtype, who: string): void {
  let offset = 0;
  const path: number[] = [];
  const walk = (value: unknown): void => {
    if (path.length < shape.length) {
      const row = value as ArrayLike<unknown>;
      for (let i = 0; i < row.length; i++) {
        path.push(i);
        walk(row[i]);
        path.pop();
      }
      return;
    }
    if (typeof value !== "number") throw notA("a number", value, path, who);
    data[offset] = value;
    if (dtype !== "float32" && data[offset] !== value) throw notOfDtype(`${who}${brackets(path)}`, value, dtype);
    offset++;
  };
  walk(values);
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
