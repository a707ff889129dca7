import { textDecoder } from "../../platform/text";
import { Cursor, type Hdf5Bytes, UNDEFINED_ADDRESS } from "./cursor";
import { type Datatype, readDatatype, readNumbers } from "./datatype";

/** The value of an attribute: a text, a number, lists of them, or bytes that are neither. */
export type AttributeValue = string | number | readonly string[] | Float32Array | Float64Array | Uint8Array;

/** What the header of an object says of it. */
export interface ObjectHeader {
  readonly attributes: ReadonlyMap<string, AttributeValue>;
  /** Of a group: where its members are listed. */
  readonly members?: { readonly tree: number; readonly heap: number };
  readonly type?: Datatype;
  /** Sizes of the axes; undefined of what has no elements. */
  readonly shape?: readonly number[];
  /** Where the elements stand; undefined where none were written. */
  readonly place?: { readonly at: number; readonly bytes: number };
}

/** Messages of a header at most: attributes, above all. */
const MAXIMUM_MESSAGES = 1_000_000;
const MAXIMUM_RANK = 32;

/** Sizes of the axes; undefined for what has no elements. */
function readDataspace(cursor: Cursor): readonly number[] | undefined {
  const { file, at: start } = cursor;
  const version = cursor.u8();
  const rank = cursor.u8();
  cursor.u8();
  if (rank > MAXIMUM_RANK) throw file.damaged(start);
  if (version === 1) cursor.skip(5);
  else if (version !== 2) throw file.damaged(start);
  else if (cursor.u8() === 2) return undefined;
  return Array.from({ length: rank }, () => cursor.u64());
}

const countOf = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1);

/** A text up to its first zero. */
function textOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return textDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}

/** An object of the global heap. */
function readHeapObject(file: Hdf5Bytes, address: number, index: number): Uint8Array {
  const cursor = file.cursor(address);
  cursor.expect("GCOL");
  cursor.skip(4);
  const end = address + cursor.u64();
  while (cursor.at + 16 <= end) {
    const found = cursor.u16();
    cursor.skip(6);
    const size = cursor.u64();
    if (found === index) {
      file.spend(size);
      return cursor.bytes(size);
    }
    if (found === 0) break;
    file.spend(8);
    cursor.skip(Math.ceil(size / 8) * 8);
  }
  throw file.damaged(address, `, where object ${index} of the heap is expected`);
}

function readVariable(file: Hdf5Bytes, at: number): { bytes: Uint8Array; length: number } {
  const cursor = file.cursor(at, 16);
  const length = cursor.u32();
  const address = cursor.u64();
  const index = cursor.u32();
  return { length, bytes: length === 0 ? new Uint8Array(0) : readHeapObject(file, address, index) };
}

function readValue(cursor: Cursor, type: Datatype, shape: readonly number[] | undefined): AttributeValue {
  const { file } = cursor;
  if (shape === undefined) return new Float64Array(0);
  const count = countOf(shape);
  file.spend(count * type.bytes);
  const at = cursor.skip(count * type.bytes);
  const isOne = shape.length === 0;
  const textAt = (i: number) => {
    if (type.kind === "string") return textOf(file.bytes.subarray(at + i * type.bytes, at + (i + 1) * type.bytes));
    const { bytes, length } = readVariable(file, at + i * type.bytes);
    if (length > bytes.length) throw file.damaged(at);
    return textOf(bytes.subarray(0, length));
  };
  if (type.kind === "string" || (type.kind === "variable" && type.base === "text")) {
    return isOne ? textAt(0) : Array.from({ length: count }, (_, i) => textAt(i));
  }
  if (type.kind === "opaque" || type.kind === "variable") return file.bytes.slice(at, at + count * type.bytes);
  const values = readNumbers(file, type, at, count);
  return isOne ? values[0] : values;
}

function readAttribute(cursor: Cursor): [name: string, value: AttributeValue] {
  const { file, at: start } = cursor;
  const version = cursor.u8();
  const flags = cursor.u8();
  if (version < 1 || version > 3) throw file.damaged(start);
  if (version > 1 && flags !== 0) throw file.refuse("attributes with shared types");
  const sizes = [cursor.u16(), cursor.u16(), cursor.u16()];
  if (version === 3) cursor.u8();
  const part = (bytes: number) => {
    const at = cursor.skip(version === 1 ? Math.ceil(bytes / 8) * 8 : bytes);
    return new Cursor(file, at, at + bytes);
  };
  const [name, type, space] = sizes.map(part);
  const datatype = readDatatype(type);
  return [textOf(name.bytes(sizes[0])), readValue(cursor, datatype, readDataspace(space))];
}

function readPlace(cursor: Cursor): { at: number; bytes: number } | undefined {
  const { file } = cursor;
  const version = cursor.u8();
  if (version !== 3) throw file.refuse(`a layout of version ${version}`);
  const kind = cursor.u8();
  if (kind === 0) {
    const bytes = cursor.u16();
    return { at: cursor.skip(bytes), bytes };
  }
  if (kind !== 1) throw file.refuse("datasets in chunks, as compressed ones are");
  const at = cursor.address();
  const bytes = cursor.u64();
  return at === UNDEFINED_ADDRESS ? undefined : { at, bytes };
}

/** Reads the header of a group or dataset. */
export function readHeader(file: Hdf5Bytes, address: number): ObjectHeader {
  file.meet(address);
  const first = file.cursor(address);
  const version = first.u8();
  if (version === 0x4f) throw file.refuse("objects in the manner of HDF5's latest version");
  if (version !== 1) throw file.damaged(address);
  first.skip(1);
  let left = Math.min(first.u16(), MAXIMUM_MESSAGES);
  first.skip(4);
  const bytes = first.u32();
  first.skip(4);
  const attributes = new Map<string, AttributeValue>();
  const found: { -readonly [Name in keyof ObjectHeader]: ObjectHeader[Name] } = { attributes };
  const blocks = [new Cursor(file, first.at, first.at + bytes)];
  for (const block of blocks) {
    while (left > 0 && block.at + 8 <= block.limit) {
      left--;
      const kind = block.u16();
      const size = block.u16();
      const flags = block.u8();
      block.skip(3);
      const start = block.skip(size);
      const message = new Cursor(file, start, start + size);
      if (flags & 2 && [1, 3, 5, 8, 11, 12].includes(kind)) throw file.refuse("shared messages");
      if (kind === 0x01) found.shape = readDataspace(message);
      else if (kind === 0x03) found.type = readDatatype(message);
      else if (kind === 0x08) found.place = readPlace(message);
      else if (kind === 0x0b && size > 1 && file.bytes[start + 1] > 0) throw file.refuse("compressed datasets");
      else if (kind === 0x0c) {
        const [name, value] = readAttribute(message);
        attributes.set(name, value);
      } else if (kind === 0x10) {
        const [at, length] = [message.u64(), message.u64()];
        file.meet(at);
        blocks.push(new Cursor(file, at, at + length));
      } else if (kind === 0x11) found.members = { tree: message.address(), heap: message.address() };
      else if (kind === 0x02 || kind === 0x06) throw file.refuse("groups in the manner of HDF5's latest version");
      else if (kind === 0x07) throw file.refuse("datasets in other files");
    }
  }
  return found;
}
