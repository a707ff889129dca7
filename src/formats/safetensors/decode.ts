import { FormatError } from "../../errors";
import { textDecoder } from "../../platform/text";
import { bfloat16ToFloat32, float16ToFloat32 } from "../float16";
import { quoted } from "../json";
import { maximumHeaderBytes, readHeader } from "./header";
import {
  elementBytes,
  PREFIX_BYTES,
  type SafetensorsDtype,
  type SafetensorsMetadata,
  type StoredData,
  type TensorEntry,
} from "./layout";

/** A tensor read from a file. */
export interface StoredTensor {
  /** The type in the file. `F16` and `BF16` come as Float32Array, `I64` as Int32Array, the others as themselves. */
  readonly dtype: SafetensorsDtype;
  /** Empty for a scalar. */
  readonly shape: readonly number[];
  readonly data: StoredData;
}

/** What `decodeSafetensors` finds in a file. */
export interface SafetensorsContent {
  /** In the order of their bytes in the file. */
  readonly tensors: Map<string, StoredTensor>;
  /** The `__metadata__` texts, as an object without prototype; empty when the file has none. */
  readonly metadata: SafetensorsMetadata;
}

/**
 * Reads a safetensors file. All of it is checked before the first tensor is made; see header.ts for the rules.
 * The data of a tensor is a view of `bytes` where it lies aligned there, a copy otherwise.
 *
 * @throws FormatError when the file breaks any rule of the format, has a type not named above, or an `I64` outside
 *   the range of int32
 */
export function decodeSafetensors(bytes: Uint8Array): SafetensorsContent {
  const { entries, metadata, dataStart } = readLayout(bytes, elementBytes);
  const tensors = new Map<string, StoredTensor>();
  for (const entry of entries) {
    const { name, dtype, shape } = entry;
    tensors.set(name, { dtype, shape, data: readData(bytes, dataStart, entry) });
  }
  return { tensors, metadata };
}

/**
 * Checks a whole file, and says where everything stands: entries in the order of their bytes, which they count from `dataStart`.
 *
 * @param types the types that may occur, and the bytes of one element of each
 */
export function readLayout<Dtype extends string>(bytes: Uint8Array, types: Readonly<Record<Dtype, number>>) {
  const dataStart = PREFIX_BYTES + readHeaderLength(bytes);
  const text = decodeText(bytes.subarray(PREFIX_BYTES, dataStart));
  return { ...readHeader(text, bytes.length - dataStart, types), dataStart };
}

function readHeaderLength(bytes: Uint8Array): number {
  if (bytes.length < PREFIX_BYTES) {
    throw new FormatError(`safetensors: expects at least ${PREFIX_BYTES} bytes, got ${bytes.length}.`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, PREFIX_BYTES);
  // Inexact above 2^53, which only has to be seen to be too much.
  const length = view.getUint32(0, true) + view.getUint32(4, true) * 0x1_0000_0000;
  if (length > maximumHeaderBytes) {
    throw new FormatError(
      `safetensors: claims a header of ${length} bytes, at most ${maximumHeaderBytes} are allowed.`,
    );
  }
  if (length > bytes.length - PREFIX_BYTES) {
    throw new FormatError(`safetensors: claims a header of ${length} bytes, but the file has ${bytes.length} in all.`);
  }
  return length;
}

function decodeText(bytes: Uint8Array): string {
  try {
    return textDecoder({ fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new FormatError("safetensors: the header is not valid UTF-8.");
  }
}

function readData(bytes: Uint8Array, dataStart: number, { name, dtype, begin, end }: TensorEntry): StoredData {
  const unit = dtype === "I64" ? Int32Array.BYTES_PER_ELEMENT : elementBytes[dtype];
  const start = bytes.byteOffset + dataStart + begin;
  const length = (end - begin) / unit;
  const aligned = start % unit === 0;
  const buffer = aligned ? bytes.buffer : bytes.buffer.slice(start, start + end - begin);
  const offset = aligned ? start : 0;
  switch (dtype) {
    case "F32":
      return new Float32Array(buffer, offset, length);
    case "F64":
      return new Float64Array(buffer, offset, length);
    case "I32":
      return new Int32Array(buffer, offset, length);
    case "U8":
      return new Uint8Array(buffer, offset, length);
    case "F16":
      return float16ToFloat32(new Uint16Array(buffer, offset, length));
    case "BF16":
      return bfloat16ToFloat32(new Uint16Array(buffer, offset, length));
    case "I64":
      return int64ToInt32(name, new Int32Array(buffer, offset, length));
  }
}

/** Takes the low half of each 64-bit integer when the high half only repeats its sign. */
function int64ToInt32(name: string, halves: Int32Array): Int32Array {
  const result = new Int32Array(halves.length / 2);
  for (let i = 0; i < result.length; i++) {
    const low = halves[2 * i];
    if (halves[2 * i + 1] !== low >> 31) {
      throw new FormatError(`safetensors: tensor ${quoted(name)} has an I64 at ${i} that does not fit into int32.`);
    }
    result[i] = low;
  }
  return result;
}
