import { FormatError } from "../../errors";
import { textDecoder } from "../../platform/text";
import { bfloat16ToFloat32, float16ToFloat32 } from "../float16";
import { quoted } from "../json";
import { blockBytes, blockElements, readBlocks } from "./blocks";

/** A tensor of a file of GGUF. */
export interface GgufTensor {
  readonly name: string;
  /** Outermost axis first; the file has them the other way round. */
  readonly shape: readonly number[];
  /** As in `"float32"`, `"q8_0"`. */
  readonly dtype: string;
  /** The numbers in float32. */
  read(): Float32Array;
}

/** What a file of GGUF holds. */
export interface GgufContent {
  readonly tensors: readonly GgufTensor[];
  /** Texts, numbers and truth values of its description, by name; lists are left out. */
  readonly metadata: ReadonlyMap<string, string | number | boolean>;
}

const MAGIC = 0x46554747;
const VERSIONS = [2, 3];
const MAXIMUM_RANK = 8;
const MAXIMUM_NAME_BYTES = 65_535;
const MAXIMUM_LIST_DEPTH = 4;
const DEFAULT_ALIGNMENT = 32;
const MAXIMUM_ALIGNMENT = 2 ** 20;
/** Bytes of an entry at least: name's length, count of axes, type, offset. */
const ENTRY_BYTES = 24;
const STRING = 8;
const LIST = 9;

/** Types by their numbers: those that are read. */
const types: Readonly<Record<number, string>> = {
  ...{ 0: "float32", 1: "float16", 2: "q4_0", 3: "q4_1", 6: "q5_0", 7: "q5_1", 8: "q8_0", 30: "bfloat16" },
};

/** Names of types that are known and not read. */
const otherTypes: Readonly<Record<number, string>> = {
  ...{ 9: "Q8_1", 10: "Q2_K", 11: "Q3_K", 12: "Q4_K", 13: "Q5_K", 14: "Q6_K", 15: "Q8_K", 16: "IQ2_XXS", 17: "IQ2_XS" },
  ...{ 18: "IQ3_XXS", 19: "IQ1_S", 20: "IQ4_NL", 21: "IQ3_S", 22: "IQ2_S", 23: "IQ4_XS", 24: "I8", 25: "I16" },
  ...{ 26: "I32", 27: "I64", 28: "F64", 29: "IQ1_M", 34: "TQ1_0", 35: "TQ2_0", 39: "MXFP4" },
};

class Reader {
  at = 0;
  readonly view: DataView;

  constructor(
    readonly bytes: Uint8Array,
    readonly who: string,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  damaged(what: string): FormatError {
    return new FormatError(`${this.who}: the GGUF file is damaged: ${what} (at byte ${this.at}).`);
  }

  take(count: number): number {
    const start = this.at;
    if (!(count <= this.bytes.length - start)) throw this.damaged("it ends too early");
    this.at += count;
    return start;
  }

  u32 = () => this.view.getUint32(this.take(4), true);
  /** Inexact above 2^53, which is beyond the end of any file. */
  u64 = () => this.u32() + this.u32() * 0x1_0000_0000;

  text(maximum = this.bytes.length): string {
    const length = this.u64();
    if (length > maximum) throw this.damaged(`a text of ${length} bytes`);
    const start = this.take(length);
    return textDecoder().decode(this.bytes.subarray(start, start + length));
  }
}

/** Bytes of values of the description, by their types. */
const valueBytes: Readonly<Record<number, number>> = {
  ...{ 0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8 },
};

const valueReaders: Readonly<Record<number, (view: DataView, at: number) => number | boolean>> = {
  0: (view, at) => view.getUint8(at),
  1: (view, at) => view.getInt8(at),
  2: (view, at) => view.getUint16(at, true),
  3: (view, at) => view.getInt16(at, true),
  4: (view, at) => view.getUint32(at, true),
  5: (view, at) => view.getInt32(at, true),
  6: (view, at) => view.getFloat32(at, true),
  7: (view, at) => view.getUint8(at) !== 0,
  10: (view, at) => Number(view.getBigUint64(at, true)),
  11: (view, at) => Number(view.getBigInt64(at, true)),
  12: (view, at) => view.getFloat64(at, true),
};

/** Reads a value of the description; of a list only its end matters. */
function readValue(reader: Reader, type: number, depth: number): string | number | boolean | undefined {
  if (type === STRING) return reader.text();
  if (type === LIST) {
    const [inner, count] = [reader.u32(), reader.u64()];
    if (depth === 0) throw reader.damaged("lists nested too deep");
    if (valueBytes[inner] !== undefined) reader.take(count * valueBytes[inner]);
    else if (count * 8 > reader.bytes.length - reader.at) throw reader.damaged(`a list of ${count} values`);
    else if (inner === STRING) for (let i = 0; i < count; i++) reader.take(reader.u64());
    else for (let i = 0; i < count; i++) readValue(reader, inner, depth - 1);
    return undefined;
  }
  const read = valueReaders[type];
  if (!read) throw reader.damaged(`a value of the unknown type ${type}`);
  return read(reader.view, reader.take(valueBytes[type]));
}

function readMetadata(reader: Reader, count: number): Map<string, string | number | boolean> {
  const metadata = new Map<string, string | number | boolean>();
  for (let i = 0; i < count; i++) {
    const name = reader.text(MAXIMUM_NAME_BYTES);
    const value = readValue(reader, reader.u32(), MAXIMUM_LIST_DEPTH);
    if (value !== undefined) metadata.set(name, value);
  }
  return metadata;
}

interface Entry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly count: number;
  readonly offset: number;
  readonly size: number;
}

function readEntry(reader: Reader): Entry {
  const name = reader.text(MAXIMUM_NAME_BYTES);
  const rank = reader.u32();
  if (rank > MAXIMUM_RANK) throw reader.damaged(`tensor ${quoted(name)} has ${rank} axes`);
  const shape = Array.from({ length: rank }, reader.u64).reverse();
  const type = reader.u32();
  const offset = reader.u64();
  const dtype = types[type];
  if (!dtype) {
    const what = otherTypes[type] ?? `the unknown type ${type}`;
    throw new FormatError(
      `${reader.who}: tensor ${quoted(name)} is of ${what}; read are F32, F16, BF16, Q8_0, Q4_0, Q4_1, Q5_0 and Q5_1.`,
    );
  }
  const count = shape.reduce((product, size) => product * size, 1);
  const elements = blockElements(dtype);
  if ((shape.at(-1) ?? 1) % elements)
    throw reader.damaged(`rows of ${quoted(name)} are no whole blocks of ${elements}`);
  return { name, shape, dtype, count, offset, size: (count / elements) * blockBytes[dtype] };
}

/** Reads numbers without a scale, or whole blocks. */
function readElements(dtype: string, bytes: Uint8Array, count: number): Float32Array {
  const own = () => bytes.slice().buffer as ArrayBuffer;
  if (dtype === "float32") return new Float32Array(own());
  if (dtype === "float16") return float16ToFloat32(new Uint16Array(own()));
  if (dtype === "bfloat16") return bfloat16ToFloat32(new Uint16Array(own()));
  return readBlocks(dtype, bytes, count);
}

/**
 * Reads a file of GGUF, version 2 or 3, little-endian (ggml, docs/gguf.md). All of it is checked before numbers are read.
 *
 * @throws FormatError for damaged files and types that are not read
 */
export function decodeGguf(bytes: Uint8Array, who: string): GgufContent {
  const reader = new Reader(bytes, who);
  if (reader.u32() !== MAGIC) throw new FormatError(`${who}: the file is no GGUF file.`);
  const version = reader.u32();
  if (!VERSIONS.includes(version)) {
    const why = version >>> 16 ? "big-endian" : `version ${version}`;
    throw new FormatError(`${who}: the GGUF file is ${why}; read are versions 2 and 3, little-endian.`);
  }
  const [tensorCount, valueCount] = [reader.u64(), reader.u64()];
  const room = bytes.length - reader.at;
  if (tensorCount * ENTRY_BYTES + valueCount * 12 > room)
    throw reader.damaged(`${tensorCount} tensors in ${bytes.length} bytes`);
  const metadata = readMetadata(reader, valueCount);
  const entries = Array.from({ length: tensorCount }, () => readEntry(reader));
  const alignment = metadata.get("general.alignment") ?? DEFAULT_ALIGNMENT;
  if (typeof alignment !== "number" || !(alignment >= 1 && alignment <= MAXIMUM_ALIGNMENT) || alignment % 1) {
    throw reader.damaged(`an alignment of ${String(alignment)}`);
  }
  const dataStart = Math.ceil(reader.at / alignment) * alignment;
  checkPlaces(entries, dataStart, alignment, reader);
  const tensors = entries.map(({ name, shape, dtype, count, offset, size }) => {
    const start = dataStart + offset;
    return { name, shape, dtype, read: () => readElements(dtype, bytes.subarray(start, start + size), count) };
  });
  return { tensors, metadata };
}

/** Each tensor lies within the file, none on another, none twice. */
function checkPlaces(entries: readonly Entry[], dataStart: number, alignment: number, reader: Reader): void {
  const names = new Set<string>();
  let end = 0;
  for (const { name, offset, size } of [...entries].sort((a, b) => a.offset - b.offset)) {
    if (names.has(name)) throw reader.damaged(`tensor ${quoted(name)} stands there twice`);
    names.add(name);
    if (offset % alignment) throw reader.damaged(`tensor ${quoted(name)} is not aligned`);
    if (offset < end) throw reader.damaged(`tensor ${quoted(name)} shares bytes with another`);
    end = offset + size;
    if (!(dataStart + end <= reader.bytes.length))
      throw reader.damaged(`tensor ${quoted(name)} reaches beyond the end`);
  }
}
