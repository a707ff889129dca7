import { FormatError } from "../../errors";
import { textDecoder } from "../../platform/text";
import { MAXIMUM_RANK, type Tensor } from "../../tensor/tensor";
import { quoted } from "../json";
import { tensorOf, unfit } from "../readNumbers";
import { describeOther, type NpyType, npyTypes } from "./dtypes";
import { rowMajorIndex, toRowMajor } from "./order";
import { type PythonLiteral, readPythonLiteral } from "./pythonLiteral";

/**
 * An array of NumPy (numpy.lib.format), versions 1.0, 2.0 and 3.0:
 *
 *     \x93NUMPY, major, minor      8 bytes
 *     length of the header         2 bytes in version 1.0, else 4, little-endian
 *     header                       a dictionary of Python: {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }
 *     numbers                      in rows, or in columns where fortran_order says so
 */
export interface NpyHeader {
  readonly type: NpyType;
  /** Its name, as in `"f4"`. */
  readonly kind: string;
  readonly isLittleEndian: boolean;
  readonly isColumnMajor: boolean;
  readonly shape: readonly number[];
  readonly headerBytes: number;
  readonly totalBytes: number;
}

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/** NumPy itself refuses longer ones unless it is told to trust them. */
const MAXIMUM_HEADER_BYTES = 65_536;

/** The bytes of a file of this beginning, or undefined when that is too short to tell. */
export function npySize(beginning: Uint8Array, who: string): number | undefined {
  return readHeader(beginning, who)?.totalBytes;
}

/**
 * What a whole file says of its numbers, which begin at `headerBytes`.
 *
 * @throws FormatError when the bytes are not what the header says
 */
export function npyLayout(bytes: Uint8Array, who: string): NpyHeader {
  const header = readHeader(bytes, who);
  if (!header) throw new FormatError(`${who}: ends within its header, after ${bytes.length} bytes.`);
  const { shape, totalBytes } = header;
  if (bytes.length === totalBytes) return header;
  throw new FormatError(
    `${who}: the header says [${shape.join(", ")}], which makes ${totalBytes} bytes, but there are ${bytes.length}.`,
  );
}

/** @throws FormatError when the bytes begin as no array of numbers does */
function readHeader(bytes: Uint8Array, who: string): NpyHeader | undefined {
  const wrong = MAGIC.findIndex((byte, i) => i < bytes.length && bytes[i] !== byte);
  if (wrong >= 0) throw new FormatError(`${who}: not an array of NumPy.${whatElse(bytes)}`);
  if (bytes.length < 8) return undefined;
  const [major, minor] = bytes.subarray(6, 8);
  if (major < 1 || major > 3 || minor !== 0) {
    throw new FormatError(`${who}: version ${major}.${minor} of the format, known are 1.0, 2.0 and 3.0.`);
  }
  const lengthBytes = major === 1 ? 2 : 4;
  const start = 8 + lengthBytes;
  if (bytes.length < start) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, start);
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > MAXIMUM_HEADER_BYTES) {
    throw new FormatError(`${who}: claims a header of ${length} bytes, at most ${MAXIMUM_HEADER_BYTES} are read.`);
  }
  if (bytes.length < start + length) return undefined;
  const text = decodeText(bytes.subarray(start, start + length), major, who);
  return { ...readDescription(readPythonLiteral(text, who), start + length, who) };
}

/** ISO 8859-1 before version 3.0, which is there for names of fields in UTF-8. */
function decodeText(bytes: Uint8Array, major: number, who: string): string {
  if (major < 3) return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  try {
    return textDecoder({ fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new FormatError(`${who}: the header is not valid UTF-8.`);
  }
}

function readDescription(header: PythonLiteral, headerBytes: number, who: string): NpyHeader {
  const names = ["descr", "fortran_order", "shape"];
  if (!(header instanceof Map) || header.size !== names.length || !names.every((name) => header.has(name))) {
    throw new FormatError(`${who}: the header must be a dictionary of ${names.join(", ")} and nothing else.`);
  }
  const isColumnMajor = header.get("fortran_order")!;
  if (typeof isColumnMajor !== "boolean") throw new FormatError(`${who}: fortran_order must be True or False.`);
  const shape = header.get("shape")!;
  const isSize = (size: PythonLiteral): size is number => Number.isSafeInteger(size) && (size as number) >= 0;
  if (!Array.isArray(shape) || !shape.every(isSize)) {
    throw new FormatError(`${who}: the shape must be a tuple of whole numbers from 0.`);
  }
  if (shape.length > MAXIMUM_RANK) {
    throw new FormatError(`${who}: has ${shape.length} axes, a tensor has at most ${MAXIMUM_RANK}.`);
  }
  const { type, kind, isLittleEndian } = readType(header.get("descr")!, who);
  const dataBytes = shape.includes(0) ? 0 : shape.reduce((product, size) => product * size, type.bytes);
  // Beyond 2^53 the product is rounded, but then it is far from the size of any file.
  return { type, kind, isLittleEndian, isColumnMajor, shape, headerBytes, totalBytes: headerBytes + dataBytes };
}

function readType(descr: PythonLiteral, who: string): Pick<NpyHeader, "type" | "kind" | "isLittleEndian"> {
  if (typeof descr !== "string") {
    const isStructured = Array.isArray(descr);
    const what = isStructured ? "records with fields (a structured dtype). Save them one by one: array['name']" : "";
    throw new FormatError(`${who}: holds ${what || "numbers of a type that is no text"}.`);
  }
  const [, order = "", kind = ""] = /^([<>|=]?)(.*)$/s.exec(descr)!;
  const type = npyTypes.get(kind);
  if (!type) throw new FormatError(`${who}: dtype ${quoted(descr)} holds ${describeOther(kind)}.`);
  if (type.bytes > 1 && order !== "<" && order !== ">") {
    throw new FormatError(`${who}: dtype ${quoted(descr)} does not say the order of bytes, which is "<" or ">".`);
  }
  return { type, kind, isLittleEndian: order !== ">" };
}

/**
 * The tensor in a file of NumPy, in memory of its own. bool and u1 become uint8, other integers int32, f2, f4 and f8 float32,
 * where f8 is rounded.
 *
 * @throws FormatError, before anything is allocated, when the bytes are not what the header says or of a type that no tensor
 *   has; DataError, with its place, for a number that has no room in int32 or float32
 */
export function decodeNpy(bytes: Uint8Array, who: string): Tensor {
  const { type, shape, headerBytes, isLittleEndian, isColumnMajor } = npyLayout(bytes, who);
  const stored = type.read(bytes.subarray(headerBytes), isLittleEndian);
  if (!isColumnMajor) return tensorOf(stored, shape, who);
  if ("value" in stored) throw unfit({ ...stored, index: rowMajorIndex(stored.index, shape) }, shape, who);
  return tensorOf(toRowMajor(stored, shape), shape, who);
}

/** What the bytes are instead, where that is plain. */
function whatElse(bytes: Uint8Array): string {
  const starts = (...first: number[]) => first.every((byte, i) => bytes[i] === byte);
  if (starts(0x50, 0x4b)) return " It is a ZIP archive, as numpy.savez writes: read it by data.npz.";
  if (starts(0x1f, 0x8b)) return " It is compressed by gzip. Inflate it first.";
  if (bytes[0] === 0x80 && bytes[1] <= 5) return " It is a pickle of Python, which is a program and is never run.";
  if (starts(0x3c)) return " It begins as an HTML page, which servers send for addresses that they do not have.";
  return "";
}
