import { bfloat16ToFloat32, float16ToFloat32 } from "../float16";
import type { Cursor, Hdf5Bytes } from "./cursor";

/** What the elements of a dataset or attribute are. */
export type Datatype =
  | { readonly kind: "integer"; readonly bytes: number; readonly isSigned: boolean; readonly isLittleEndian: boolean }
  | { readonly kind: "float"; readonly bytes: number; readonly isLittleEndian: boolean; readonly isBfloat: boolean }
  | { readonly kind: "string"; readonly bytes: number }
  | { readonly kind: "opaque"; readonly bytes: number }
  /** Texts, or lists of `base`, that stand in the global heap. */
  | { readonly kind: "variable"; readonly bytes: number; readonly base: Datatype | "text" };

const CLASSES = [
  ...["integers", "floats", "times", "strings", "bit fields", "opaque bytes", "compounds", "references"],
  ...["enumerations", "lists of any length", "arrays"],
];

/** Bits of exponents: of float16, float32, float64; bfloat16 has as many as float32. */
const EXPONENT_BITS: Readonly<Record<number, readonly number[]>> = { 2: [5, 8], 4: [8], 8: [11] };

/** Reads a datatype message. @throws FormatError for a type that Keras does not write */
export function readDatatype(cursor: Cursor, depth = 0): Datatype {
  const { file } = cursor;
  const start = cursor.at;
  const head = cursor.u8();
  const kind = head & 15;
  const version = head >> 4;
  if (version < 1 || version > 3) throw file.damaged(start);
  const bits = cursor.u8() | (cursor.u8() << 8) | (cursor.u8() << 16);
  const bytes = cursor.u32();
  if (bytes === 0) throw file.damaged(start);
  const isLittleEndian = (bits & 1) === 0;
  if (kind === 0) {
    const [offset, precision] = [cursor.u16(), cursor.u16()];
    if (offset !== 0 || precision !== 8 * bytes || ![1, 2, 4, 8].includes(bytes))
      throw file.refuse("integers of unusual size");
    return { kind: "integer", bytes, isSigned: (bits & 8) !== 0, isLittleEndian };
  }
  if (kind === 1) {
    cursor.skip(2);
    const precision = cursor.u16();
    cursor.skip(1);
    const exponentBits = cursor.u8();
    cursor.skip(6);
    if (precision !== 8 * bytes || !EXPONENT_BITS[bytes]?.includes(exponentBits))
      throw file.refuse("floats of unusual size");
    return { kind: "float", bytes, isLittleEndian, isBfloat: bytes === 2 && exponentBits === 8 };
  }
  if (kind === 3) return { kind: "string", bytes };
  if (kind === 5) return { kind: "opaque", bytes };
  // Truth values are an enumeration of integers, whose names do not matter here.
  if (kind === 8 && depth < 2) return readDatatype(cursor, depth + 1);
  if (kind === 9 && depth < 2) {
    if (bytes !== 16) throw file.damaged(start);
    return { kind: "variable", bytes, base: (bits & 15) === 1 ? "text" : readDatatype(cursor, depth + 1) };
  }
  throw file.refuse(CLASSES[kind] ? `${CLASSES[kind]} as data` : `data of the unknown class ${kind}`);
}

/** The name of a type as NumPy has it. */
export function nameOf(type: Datatype): string {
  const bits = 8 * type.bytes;
  if (type.kind === "integer") return `${type.isSigned ? "int" : "uint"}${bits}`;
  if (type.kind === "float") return type.isBfloat ? "bfloat16" : `float${bits}`;
  return type.kind;
}

const readers: Readonly<Record<string, (view: DataView, at: number, isLittleEndian: boolean) => number>> = {
  int8: (view, at) => view.getInt8(at),
  uint8: (view, at) => view.getUint8(at),
  int16: (view, at, little) => view.getInt16(at, little),
  uint16: (view, at, little) => view.getUint16(at, little),
  int32: (view, at, little) => view.getInt32(at, little),
  uint32: (view, at, little) => view.getUint32(at, little),
  int64: (view, at, little) => Number(view.getBigInt64(at, little)),
  uint64: (view, at, little) => Number(view.getBigUint64(at, little)),
  float32: (view, at, little) => view.getFloat32(at, little),
  float64: (view, at, little) => view.getFloat64(at, little),
};

/** Numbers as they stand in the file, in float64 where float32 does not hold them. */
export function readNumbers(file: Hdf5Bytes, type: Datatype, at: number, count: number): Float32Array | Float64Array {
  const { bytes, view } = file;
  if (type.kind === "float" && type.bytes === 2) {
    const halves = Uint16Array.from({ length: count }, (_, i) => view.getUint16(at + 2 * i, type.isLittleEndian));
    return type.isBfloat ? bfloat16ToFloat32(halves) : float16ToFloat32(halves);
  }
  // Keras keeps bfloat16 as opaque bytes, two each.
  if (type.kind === "opaque" && type.bytes === 2) {
    return bfloat16ToFloat32(Uint16Array.from({ length: count }, (_, i) => view.getUint16(at + 2 * i, true)));
  }
  if (type.kind !== "integer" && type.kind !== "float") throw file.refuse(`data of the type ${nameOf(type)}`);
  if (type.kind === "float" && type.bytes === 4 && type.isLittleEndian) {
    return new Float32Array(bytes.slice(at, at + 4 * count).buffer);
  }
  const read = readers[nameOf(type)];
  const values = type.kind === "float" && type.bytes === 4 ? new Float32Array(count) : new Float64Array(count);
  for (let i = 0; i < count; i++) values[i] = read(view, at + i * type.bytes, type.isLittleEndian);
  return values;
}
