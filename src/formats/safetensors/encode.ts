import { textEncoder } from "../../platform/text";
import {
  elementBytes,
  PREFIX_BYTES,
  type SafetensorsDtype,
  type SafetensorsMetadata,
  type StoredData,
  type TensorEntry,
} from "./layout";

/** Tensors by name, as they are to be written. */
export type WrittenTensors = ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: StoredData }>;

/** The same of any type of the format: the bytes of its elements. */
export type WrittenElements<Dtype extends string> = ReadonlyMap<
  string,
  { readonly shape: readonly number[]; readonly dtype: Dtype; readonly data: ArrayBufferView }
>;

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
export function encodeSafetensors(tensors: WrittenTensors, metadata: SafetensorsMetadata = {}): Uint8Array {
  const typed = new Map(Array.from(tensors, ([name, tensor]) => [name, { ...tensor, dtype: dtypeOf(tensor.data) }]));
  return encodeElements(typed, metadata, Object.keys(elementBytes) as SafetensorsDtype[]);
}

/**
 * As `encodeSafetensors`, of any type.
 *
 * @param dtypeOrder types in the order in which tensors of them are written
 */
export function encodeElements<Dtype extends string>(
  tensors: WrittenElements<Dtype>,
  metadata: SafetensorsMetadata,
  dtypeOrder: readonly Dtype[],
): Uint8Array<ArrayBuffer> {
  const entries = layOut(tensors, dtypeOrder);
  const header = encodeHeader(entries, metadata);
  const bytes = new Uint8Array(header.length + (entries.at(-1)?.end ?? 0));
  bytes.set(header);
  for (const { name, begin } of entries) {
    const { data } = tensors.get(name)!;
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), header.length + begin);
  }
  return bytes;
}

/** The bytes of a file before those of its tensors. */
function encodeHeader(entries: readonly TensorEntry<string>[], metadata: SafetensorsMetadata): Uint8Array {
  const text = writeHeader(entries, metadata);
  const header = new Uint8Array(PREFIX_BYTES + text.length);
  new DataView(header.buffer).setUint32(0, text.length, true);
  header.set(text, PREFIX_BYTES);
  return header;
}

/** Sorts the tensors and gives each its place. */
function layOut<Dtype extends string>(
  tensors: WrittenElements<Dtype>,
  dtypeOrder: readonly Dtype[],
): TensorEntry<Dtype>[] {
  const entries = Array.from(tensors, ([name, { shape, dtype, data }]): TensorEntry<Dtype> => {
    return { name, dtype, shape: [...shape], begin: 0, end: data.byteLength };
  });
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

/** Writes the header in the given order of entries, padded with spaces to a multiple of 8 bytes. */
function writeHeader(entries: readonly TensorEntry<string>[], metadata: SafetensorsMetadata): Uint8Array {
  const members = entries.map(
    ({ name, dtype, shape, begin, end }) =>
      `${JSON.stringify(name)}:{"dtype":"${dtype}","shape":[${shape}],"data_offsets":[${begin},${end}]}`,
  );
  const names = Object.keys(metadata).sort();
  if (names.length > 0) {
    const texts = names.map((name) => `${JSON.stringify(name)}:${JSON.stringify(metadata[name])}`);
    members.unshift(`"__metadata__":{${texts}}`);
  }
  const json = textEncoder().encode(`{${members}}`);
  const header = new Uint8Array(Math.ceil(json.length / 8) * 8).fill(0x20);
  header.set(json);
  return header;
}
