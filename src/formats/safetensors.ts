import { textDecoder } from "../platform/text";
import { FormatError } from "../errors";
import { bfloat16ToFloat32, float16ToFloat32 } from "./float16";
import { quoted } from "./json";
import {
  elementBytes,
  maximumHeaderBytes,
  readHeader,
  type SafetensorsDtype,
  type SafetensorsMetadata,
  type TensorEntry,
  writeHeader,
} from "./safetensorsHeader";

/**
 * safetensors, the file format for tensors of github.com/huggingface/safetensors, between bytes and typed arrays:
 *
 *     8 bytes   length N of the header, unsigned, little-endian
 *     N bytes   header: JSON in UTF-8, padded with spaces (see safetensorsHeader.ts)
 *     the rest  the elements of all tensors, row-major, little-endian
 *
 * Elements are moved as they lie in memory, as every engine that trains here is little-endian like WebAssembly.
 */

const prefixBytes = 8;

/** The arrays a file is written from, and read into. */
export type StoredData = Float32Array | Float64Array | Int32Array | Uint8Array;

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
 * Writes tensors and texts into one safetensors file, as `F32`, `F64`, `I32` or `U8` by the class of `data`.
 *
 * The same content gives the same bytes, whatever the order of the map: tensors are sorted by type (F64, F32, I32, U8:
 * so each lies aligned to its elements) and then by name (UTF-16 code units), metadata by name. The reference
 * implementation sorts tensors alike and writes the same bytes, except that it orders names beyond U+FFFF by code point
 * and several metadata at random.
 *
 * Who calls sees to it that shapes fit their data, that names and metadata are valid Unicode (a lone surrogate has no UTF-8),
 * and that no tensor is named `__metadata__`.
 */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: StoredData }>,
  metadata: SafetensorsMetadata = {},
): Uint8Array {
  const entries = layOut(tensors);
  const header = writeHeader(entries, metadata);
  const dataStart = prefixBytes + header.length;
  const bytes = new Uint8Array(dataStart + (entries.at(-1)?.end ?? 0));
  new DataView(bytes.buffer).setUint32(0, header.length, true);
  bytes.set(header, prefixBytes);
  for (const { name, begin } of entries) {
    const { data } = tensors.get(name)!;
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), dataStart + begin);
  }
  return bytes;
}

/**
 * Reads a safetensors file. All of it is checked before the first tensor is made; see safetensorsHeader.ts for the rules.
 * The data of a tensor is a view of `bytes` where it lies aligned there, a copy otherwise.
 *
 * @throws FormatError when the file breaks any rule of the format, has a type not named above, or an `I64` outside
 *   the range of int32
 */
export function decodeSafetensors(bytes: Uint8Array): SafetensorsContent {
  const dataStart = prefixBytes + readHeaderLength(bytes);
  const { entries, metadata } = readHeader(
    decodeText(bytes.subarray(prefixBytes, dataStart)),
    bytes.length - dataStart,
  );
  const tensors = new Map<string, StoredTensor>();
  for (const entry of entries) {
    const { name, dtype, shape } = entry;
    tensors.set(name, { dtype, shape, data: readData(bytes, dataStart, entry) });
  }
  return { tensors, metadata };
}

/** Sorts the tensors and gives each its place. */
function layOut(tensors: Parameters<typeof encodeSafetensors>[0]): TensorEntry[] {
  const entries = Array.from(tensors, ([name, { shape, data }]): TensorEntry => {
    return { name, dtype: dtypeOf(data), shape: [...shape], begin: 0, end: data.byteLength };
  });
  const dtypeOrder = Object.keys(elementBytes);
  entries.sort((a, b) => dtypeOrder.indexOf(a.dtype) - dtypeOrder.indexOf(b.dtype) || (a.name < b.name ? -1 : 1));
  let begin = 0;
  for (const entry of entries) {
    entry.begin = begin;
    entry.end += begin;
    begin = entry.end;
  }
  return entries;
}

function dtypeOf(data: StoredData): SafetensorsDtype {
  if (data instanceof Float32Array) return "F32";
  if (data instanceof Float64Array) return "F64";
  return data instanceof Int32Array ? "I32" : "U8";
}

function readHeaderLength(bytes: Uint8Array): number {
  if (bytes.length < prefixBytes) {
    throw new FormatError(`safetensors: expects at least ${prefixBytes} bytes, got ${bytes.length}.`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, prefixBytes);
  // Inexact above 2^53, which only has to be seen to be too much.
  const length = view.getUint32(0, true) + view.getUint32(4, true) * 0x1_0000_0000;
  if (length > maximumHeaderBytes) {
    throw new FormatError(
      `safetensors: claims a header of ${length} bytes, at most ${maximumHeaderBytes} are allowed.`,
    );
  }
  if (length > bytes.length - prefixBytes) {
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
