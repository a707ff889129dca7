import { textDecoder } from "../platform/text";
import { type Dtype, MAXIMUM_RANK } from "../tensor/tensor";
import { PREFIX_BYTES } from "../formats/safetensors/layout";
import { FILE_VERSION, METADATA_NAME } from "../saving/fileFormat";
import { sizeOf } from "../tensor/shape";

/** A model file as this version of the library writes it. */
export interface CanonicalFile {
  readonly name: string;
  readonly input: { readonly name: string; readonly shape: readonly number[]; readonly dtype: Dtype };
  /** Each layer but the first is applied to the one before it. */
  readonly layers: readonly unknown[];
  readonly tensors: ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: Float32Array }>;
}

/** Longer headers and larger shapes are left to the reader of all files, which has limits for them. */
const MAXIMUM_HEADER_BYTES = 1_000_000;
export const MAXIMUM_SIZE = 2 ** 20;

/** Whether a value is an integer from 1 to a maximum. */
export const isCount = (value: unknown, maximum: number) =>
  Number.isInteger(value) && (value as number) > 0 && (value as number) <= maximum;

/** Whether two values of JSON are the same, also in the order of their members. */
export const isSame = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

/**
 * Reads a file of a chain of layers with one input whose header is JSON as it is written, without a space, and whose tensors are
 * float32 and follow each other: then nothing in it stands twice, overlaps, is left out, has another type or is text in place of a
 * number. Undefined, or any error, for every other file: the reader of all files takes it, and says what is wrong with it.
 * Options of layers are not looked at.
 */
export function readCanonical(bytes: Uint8Array): CanonicalFile | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, PREFIX_BYTES);
  const headerBytes = PREFIX_BYTES + view.getUint32(0, true);
  if (headerBytes > MAXIMUM_HEADER_BYTES || headerBytes % 8 || view.getUint32(4, true)) return undefined;
  const text = textDecoder({ fatal: true, ignoreBOM: true }).decode(bytes.subarray(PREFIX_BYTES, headerBytes));
  // An escaped half of a character, and a name that is not one everywhere, survive being read and written.
  if (text.includes("\\ud") || text.includes("__proto__")) return undefined;
  const file = JSON.parse(text);
  const { __metadata__: metadata, ...entries } = file;
  const chain =
    JSON.stringify(file) === text.trimEnd() &&
    Object.values(metadata).every((value) => typeof value === "string") &&
    readChain(metadata[METADATA_NAME]);
  if (!chain) return undefined;
  const tensors = new Map<string, Stored>();
  // A copy, as numbers need not lie on multiples of four in the file.
  const { buffer } = new Uint8Array(bytes.subarray(headerBytes));
  let begin = 0;
  for (const [name, entry] of Object.entries<Entry>(entries)) {
    const { shape } = entry;
    if (shape.length > MAXIMUM_RANK || !shape.every((size) => isCount(size, 2 ** 32))) return undefined;
    const end = begin + 4 * sizeOf(shape);
    if (!isSame(entry, { dtype: "F32", shape, data_offsets: [begin, end] })) return undefined;
    tensors.set(name, { shape, data: new Float32Array(buffer, begin, sizeOf(shape)) });
    begin = end;
  }
  return begin === buffer.byteLength ? { ...chain, tensors } : undefined;
}

/** A tensor in the header of the file. */
interface Entry {
  readonly shape: readonly number[];
}

interface Stored {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** The chain that the model's own text describes, if that text, too, is as the library writes it. */
function readChain(text: string): Omit<CanonicalFile, "tensors"> | undefined {
  const description = JSON.parse(text);
  const { version, name, seed, trainable, inputs, layers, nodes, outputs, training } = description;
  const [{ shape, dtype, name: inputName }] = inputs;
  const isPlain =
    JSON.stringify({ version, name, seed, trainable, inputs, layers, nodes, outputs, training }) === text &&
    version === FILE_VERSION &&
    typeof name === "string" &&
    (seed === 0 || isCount(seed, 2 ** 32 - 1)) &&
    (trainable === undefined || typeof trainable === "boolean") &&
    isSame(inputs, [{ shape, dtype, name: inputName }]) &&
    shape.length > 0 &&
    shape.length < MAXIMUM_RANK &&
    shape.every((size: unknown) => isCount(size, MAXIMUM_SIZE)) &&
    /^(float32|int32|uint8)$/.test(dtype) &&
    (inputName === null || typeof inputName === "string") &&
    layers.length > 0 &&
    isSame(
      nodes,
      layers.map((_: unknown, i: number) => ({ layer: i, inputs: [i] })),
    ) &&
    isSame(outputs, [layers.length]);
  return isPlain ? { name, input: { name: inputName ?? "input_0", shape, dtype }, layers } : undefined;
}
