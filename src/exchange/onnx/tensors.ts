import { FormatError } from "../../errors";
import { bfloat16ToFloat32, float16ToFloat32 } from "../../formats/float16";
import { Message } from "../../formats/protobuf/message";
import { show } from "../../options";
import { sizeOf } from "../../tensor/shape";
import type { TensorProto } from "./proto";
import { Constant, type Meaning, type Numbers } from "./values";

type Bytes = Uint8Array<ArrayBuffer>;

/** How numbers of a type stand in `raw_data`, and which field has them otherwise. */
interface ElementType {
  readonly name: string;
  readonly bytes: number;
  readonly meaning: Meaning;
  readonly field: 4 | 5 | 7 | 10 | 11;
  read(raw: DataView): Float32Array | Float64Array;
}

const each = (bytes: number, read: (raw: DataView, at: number) => number) => (raw: DataView) =>
  Float64Array.from({ length: raw.byteLength / bytes }, (_, i) => read(raw, bytes * i));

/** A copy: a part of a file begins at any byte. */
const copyOf = (raw: DataView) => raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.byteLength) as ArrayBuffer;

const readInt64 = each(8, (raw, at) => raw.getInt32(at + 4, true) * 2 ** 32 + raw.getUint32(at, true));
const readUint64 = each(8, (raw, at) => raw.getUint32(at + 4, true) * 2 ** 32 + raw.getUint32(at, true));
const readDouble = (raw: DataView) =>
  Float32Array.from({ length: raw.byteLength / 8 }, (_, i) => raw.getFloat64(8 * i, true));

const integer = (name: string, bytes: number, field: 5 | 7 | 11, read: ElementType["read"]): ElementType => ({
  name,
  bytes,
  meaning: "int",
  field,
  read,
});

/** Several whole numbers in each byte, the lowest bits first. */
const packed = (name: string, bits: 2 | 4, isSigned: boolean): ElementType => ({
  name,
  bytes: bits / 8,
  meaning: "int",
  field: 5,
  read: (raw) =>
    Float64Array.from({ length: (raw.byteLength * 8) / bits }, (_, i) => {
      const value = (raw.getUint8(Math.floor((i * bits) / 8)) >> ((i * bits) % 8)) & (2 ** bits - 1);
      return isSigned && value >= 2 ** (bits - 1) ? value - 2 ** bits : value;
    }),
});

/** By their numbers in the format. */
const types: Readonly<Record<number, ElementType>> = {
  1: { name: "float32", bytes: 4, meaning: "float", field: 4, read: (raw) => new Float32Array(copyOf(raw)) },
  2: integer(
    "uint8",
    1,
    5,
    each(1, (raw, at) => raw.getUint8(at)),
  ),
  3: integer(
    "int8",
    1,
    5,
    each(1, (raw, at) => raw.getInt8(at)),
  ),
  4: integer(
    "uint16",
    2,
    5,
    each(2, (raw, at) => raw.getUint16(at, true)),
  ),
  5: integer(
    "int16",
    2,
    5,
    each(2, (raw, at) => raw.getInt16(at, true)),
  ),
  6: integer(
    "int32",
    4,
    5,
    each(4, (raw, at) => raw.getInt32(at, true)),
  ),
  7: integer("int64", 8, 7, readInt64),
  9: {
    name: "bool",
    bytes: 1,
    meaning: "bool",
    field: 5,
    read: each(1, (raw, at) => (raw.getUint8(at) ? 1 : 0)),
  },
  10: {
    name: "float16",
    bytes: 2,
    meaning: "float",
    field: 5,
    read: (raw) => float16ToFloat32(new Uint16Array(copyOf(raw))),
  },
  11: { name: "float64", bytes: 8, meaning: "float", field: 10, read: readDouble },
  12: integer(
    "uint32",
    4,
    11,
    each(4, (raw, at) => raw.getUint32(at, true)),
  ),
  13: integer("uint64", 8, 11, readUint64),
  21: packed("uint4", 4, false),
  22: packed("int4", 4, true),
  25: packed("uint2", 2, false),
  26: packed("int2", 2, true),
  16: {
    name: "bfloat16",
    bytes: 2,
    meaning: "float",
    field: 5,
    read: (raw) => bfloat16ToFloat32(new Uint16Array(copyOf(raw))),
  },
};

/** Types that the format has, but no importer needs: for messages. */
const otherTypes: Readonly<Record<number, string>> = {
  0: "undefined",
  8: "string",
  14: "complex64",
  15: "complex128",
  17: "float8",
  18: "float8",
  19: "float8",
  20: "float8",
  23: "float4",
};

export const typeName = (type: number): string => types[type]?.name ?? otherTypes[type] ?? `the unknown type ${type}`;

/** What numbers of a type mean; undefined for types that cannot be read. */
export const meaningOf = (type: number): Meaning | undefined => types[type]?.meaning;

/** The bytes of other files, by the names that the model gives them. */
export type ExternalFiles = ReadonlyMap<string, Bytes>;

/** A number of an entry of `external_data`. */
function readPlace(who: string, text: string | undefined, key: string, missing: number): number {
  if (text === undefined) return missing;
  const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(number)) throw new FormatError(`${who}: ${key} of its external data is ${show(text)}, no place.`);
  return number;
}

/** The bytes of a tensor that stand in a file beside the model. */
function readExternal(who: string, external: ReadonlyMap<string, string>, files: ExternalFiles): Bytes {
  const name = (external.get("location") ?? "").replace(/^\.\//, "");
  if (name === "" || /[\\/:]|^\.\.?$/.test(name)) {
    throw new FormatError(
      `${who}: its numbers stand in ${show(name)}; only a plain name of a file beside the model is taken.`,
    );
  }
  const file = files.get(name);
  if (!file) {
    throw new FormatError(
      `${who}: its numbers stand in the file ${show(name)}. Give its bytes: importModel(model, { externalData: { ${JSON.stringify(name)}: bytes } }).`,
    );
  }
  const offset = readPlace(who, external.get("offset"), "offset", 0);
  const length = readPlace(who, external.get("length"), "length", file.length - offset);
  if (length < 0 || offset + length > file.length) {
    throw new FormatError(
      `${who}: its numbers end at byte ${offset + length} of ${show(name)}, which has ${file.length}.`,
    );
  }
  return file.subarray(offset, offset + length);
}

/** Numbers that stand in a field of their type. */
function readField(proto: TensorProto, type: ElementType, who: string, most: number): Numbers {
  const message = new Message(proto.message, who);
  const found: number[] = [];
  const list = {
    push: (value: number) => {
      if (found.length >= most)
        throw new FormatError(`${who}: [${proto.dims}] needs ${most} numbers, the file has more.`);
      found.push(value);
    },
  };
  while (message.next()) {
    if (message.field !== type.field) continue;
    if (type.field === 4) message.addFloats(list);
    else if (type.field === 10) message.addDoubles(list);
    else message.addIntegers(list);
  }
  if (type.name === "float16") return float16ToFloat32(Uint16Array.from(found));
  if (type.name === "bfloat16") return bfloat16ToFloat32(Uint16Array.from(found));
  return type.meaning === "float" ? Float32Array.from(found) : found;
}

/**
 * Reads a tensor. Its numbers are taken from the file when they are wanted first.
 *
 * @param isLearnt whether it is an initializer, which may be a weight
 * @throws FormatError when the file has no numbers of that type or count for it
 */
export function readTensor(who: string, proto: TensorProto, files: ExternalFiles, isLearnt: boolean): Constant {
  const { dims, name } = proto;
  const owner = `${who}: tensor ${show(name)}`;
  const type = types[proto.type];
  if (!type) throw new FormatError(`${owner}: is of ${typeName(proto.type)}, which is not read.`);
  if (!dims.every((size) => Number.isSafeInteger(size) && size >= 0)) {
    throw new FormatError(`${owner}: has the sizes [${dims}], which no tensor has.`);
  }
  const count = sizeOf(dims);
  const raw = proto.external ? readExternal(owner, proto.external, files) : proto.raw;
  const isPacked = type.bytes < 1;
  const bytesNeeded = Math.ceil(count * type.bytes);
  const found = raw ? (raw.length === bytesNeeded ? count : raw.length / type.bytes) : undefined;
  const field = raw ? undefined : readField(proto, type, owner, count);
  // In a field packed numbers are bytes.
  const numbers =
    field && isPacked
      ? type.read(new DataView(Uint8Array.from(field as ArrayLike<number>).buffer)).slice(0, count)
      : field;
  if ((found ?? numbers!.length) !== count) {
    throw new FormatError(`${owner}: [${dims}] needs ${count} numbers, the file has ${found ?? numbers!.length}.`);
  }
  const read = () => {
    if (numbers) return numbers;
    const all = type.read(new DataView(raw!.buffer, raw!.byteOffset, raw!.byteLength));
    return isPacked ? all.slice(0, count) : all;
  };
  // Small ones are read often, large ones once.
  return new Constant(dims, count <= 4096 ? read() : read, type.meaning, { name, origin: isLearnt ? name : undefined });
}
