import { DataError } from "../errors";
import { toBfloat16, toFloat16 } from "../formats/roundToHalf";
import type { AnyDtype } from "../formats/safetensors/dtypes";
import { show } from "../options";
import type { ArrayKind } from "../platform/realm";
import type { StoredArray } from "./storedArray";

const DTYPE_OF: Readonly<Record<ArrayKind, AnyDtype>> = {
  Float16Array: "F16",
  Float32Array: "F32",
  Float64Array: "F64",
  Int8Array: "I8",
  Int16Array: "I16",
  Int32Array: "I32",
  Uint8Array: "U8",
  Uint8ClampedArray: "U8",
  Uint16Array: "U16",
  Uint32Array: "U32",
  BigInt64Array: "I64",
  BigUint64Array: "U64",
};

/** Arrays for whole numbers of each type, into which only those go that it has. */
const INTEGERS: Partial<Record<AnyDtype, (length: number) => { [index: number]: number | bigint } & ArrayBufferView>> =
  {
    I8: (length) => new Int8Array(length),
    I16: (length) => new Int16Array(length),
    I32: (length) => new Int32Array(length),
    I64: (length) => new BigInt64Array(length),
    U8: (length) => new Uint8Array(length),
    U16: (length) => new Uint16Array(length),
    U32: (length) => new Uint32Array(length),
    U64: (length) => new BigUint64Array(length),
  };

/**
 * The elements of an array as a file keeps them, in the type asked for or its own.
 *
 * @throws DataError for a number that the type does not have; fractions are rounded to floating-point types only
 */
export function elementsOf(
  { kind, data, shape }: StoredArray,
  asked: AnyDtype | undefined,
  who: string,
): { shape: readonly number[]; dtype: AnyDtype; data: ArrayBufferView } {
  const own = DTYPE_OF[kind];
  if (asked === undefined || asked === own) return { shape, dtype: own, data };
  return { shape, dtype: asked, data: convert(data as unknown as ArrayLike<number | bigint>, asked, who) };
}

function convert(values: ArrayLike<number | bigint>, dtype: AnyDtype, who: string): ArrayBufferView {
  const refuse = (i: number) => new DataError(`${who} holds ${show(values[i])} at ${i}, which ${dtype} does not have.`);
  const numbers = Float64Array.from(values, Number);
  if (dtype === "BOOL") {
    const wrong = numbers.findIndex((value) => value !== 0 && value !== 1);
    if (wrong >= 0) throw refuse(wrong);
    return Uint8Array.from(numbers);
  }
  const integers = INTEGERS[dtype]?.(values.length);
  if (integers) {
    const isBig = dtype === "I64" || dtype === "U64";
    for (let i = 0; i < values.length; i++) {
      if (!Number.isInteger(numbers[i])) throw refuse(i);
      integers[i] = isBig ? BigInt(values[i]) : numbers[i];
      if (BigInt(integers[i]) !== BigInt(values[i])) throw refuse(i);
    }
    return integers;
  }
  if (dtype === "F64") return numbers;
  const [rounded, isInfinite] = roundTo(dtype, numbers);
  const lost = numbers.findIndex((value, i) => Number.isFinite(value) && isInfinite(rounded[i]));
  if (lost >= 0) throw refuse(lost);
  return rounded;
}

/** Numbers in a narrower type, and what tells there that one was too large. */
function roundTo(dtype: AnyDtype, numbers: Float64Array): [Float32Array | Uint16Array, (stored: number) => boolean] {
  if (dtype === "F16") return [toFloat16(numbers), (bits) => (bits & 0x7fff) === 0x7c00];
  if (dtype === "BF16") return [toBfloat16(numbers), (bits) => (bits & 0x7fff) === 0x7f80];
  return [Float32Array.from(numbers), (value) => !Number.isFinite(value)];
}
