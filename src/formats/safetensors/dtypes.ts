import type { Tensor } from "../../tensor/tensor";
import { bfloat16ToFloat32, float16ToFloat32 } from "../float16";
import { float8ToFloat32 } from "../float8";
import { booleansToUint8, int64ToInt32, uint32ToInt32 } from "../integers64";
import { quoted } from "../json";
import { type StoredNumbers, tensorOf } from "../readNumbers";
import type { TensorEntry } from "./layout";

/**
 * Every type of the format whose elements are whole bytes and that a tensor can be made of, by the bytes of one element. The
 * order is that in which the reference implementation writes tensors, but for F64, which comes first so that each lies aligned.
 *
 * Not here are C64, complex numbers, F8_E8M0, powers of two that are factors of other numbers, F4 and F6, of which several share
 * a byte, and the variants of F8 without an infinity or a negative zero of one maker's: they are refused by name.
 */
export const allElementBytes = {
  F64: 8,
  U64: 8,
  I64: 8,
  F32: 4,
  U32: 4,
  I32: 4,
  BF16: 2,
  F16: 2,
  U16: 2,
  I16: 2,
  F8_E4M3: 1,
  F8_E5M2: 1,
  I8: 1,
  U8: 1,
  BOOL: 1,
} as const;

/** A type of numbers in safetensors files. */
export type AnyDtype = keyof typeof allElementBytes;

/**
 * A tensor of a file, in memory of its own.
 *
 * @throws DataError with its place for a number that has no room in int32 or float32, and for a BOOL that is neither 0 nor 1
 */
export function readElements(
  bytes: Uint8Array,
  dataStart: number,
  { name, dtype, begin, end, shape }: TensorEntry<AnyDtype>,
  who: string,
): Tensor {
  const own = bytes.slice(dataStart + begin, dataStart + end) as Uint8Array<ArrayBuffer>;
  return tensorOf(convert(dtype, own), shape, `${who}: tensor ${quoted(name)} of ${dtype}`);
}

function convert(dtype: AnyDtype, { buffer }: Uint8Array<ArrayBuffer>): StoredNumbers {
  switch (dtype) {
    case "F64":
      return new Float64Array(buffer);
    case "F32":
      return new Float32Array(buffer);
    case "I32":
      return new Int32Array(buffer);
    case "U8":
      return new Uint8Array(buffer);
    case "BOOL":
      return booleansToUint8(new Uint8Array(buffer));
    case "I8":
      return Int32Array.from(new Int8Array(buffer));
    case "I16":
      return Int32Array.from(new Int16Array(buffer));
    case "U16":
      return Int32Array.from(new Uint16Array(buffer));
    case "U32":
      return uint32ToInt32(new DataView(buffer), true);
    case "I64":
    case "U64":
      return int64ToInt32(new DataView(buffer), dtype === "I64", true);
    case "F16":
      return float16ToFloat32(new Uint16Array(buffer));
    case "BF16":
      return bfloat16ToFloat32(new Uint16Array(buffer));
    case "F8_E4M3":
    case "F8_E5M2":
      return float8ToFloat32(new Uint8Array(buffer), dtype === "F8_E4M3");
  }
}
