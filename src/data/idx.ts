import { DataError, FormatError, ShapeError } from "../errors";
import { type Bytes, type ByteSource, bytesAtHand, inflateExactly, isGzip, readBytes } from "../io/bytes";
import { checkArity, checkOptions, integer, show } from "../options";
import { kindOf } from "../platform/realm";
import type { Dataset } from "./dataset";
import { fromTensors } from "./sources";
import { MAXIMUM_RANK, Tensor, type TensorData } from "../tensor/tensor";

/** Options of `idx`. */
export interface IdxOptions {
  /** The most bytes that either file may have, inflated when it is compressed. Default 1 GiB, 2³⁰. */
  maximumBytes?: number | undefined;
}

const MAXIMUM_BYTES = 2 ** 30;

/**
 * IDX, the format of MNIST and its relatives (LeCun, Cortes and Burges, "The MNIST database of handwritten digits"):
 *
 *   0 0 type rank, then `rank` dimensions of 4 bytes, then the values row-major. All numbers are big-endian.
 */
interface IdxHeader {
  readonly type: IdxType;
  readonly shape: readonly number[];
  readonly headerBytes: number;
  readonly totalBytes: number;
}

interface IdxType {
  readonly bytes: number;
  /** Reads `count` values that begin at `offset`. */
  readonly read: (view: DataView, offset: number, count: number) => TensorData | Float64Array;
}

/** A signed or floating type: one value after the other, into the tensor's own type. */
function values(
  bytes: number,
  make: (count: number) => TensorData | Float64Array,
  get: (view: DataView, at: number) => number,
): IdxType {
  const read = (view: DataView, offset: number, count: number) => {
    const data = make(count);
    for (let i = 0; i < count; i++) data[i] = get(view, offset + i * bytes);
    return data;
  };
  return { bytes, read };
}

const int32 = (count: number) => new Int32Array(count);
const float32 = (count: number) => new Float32Array(count);
const float64 = (count: number) => new Float64Array(count);

const TYPES = new Map<number, IdxType>([
  [0x08, { bytes: 1, read: ({ buffer, byteOffset }, at, count) => new Uint8Array(buffer, byteOffset + at, count) }],
  [0x09, values(1, int32, (view, at) => view.getInt8(at))],
  [0x0b, values(2, int32, (view, at) => view.getInt16(at))],
  [0x0c, values(4, int32, (view, at) => view.getInt32(at))],
  [0x0d, values(4, float32, (view, at) => view.getFloat32(at))],
  [0x0e, values(8, float64, (view, at) => view.getFloat64(at))],
]);

/** The header that these bytes begin with, or undefined when they end before it does. */
function parseHeader(bytes: Uint8Array, who: string): IdxHeader | undefined {
  if (bytes.length < 4) return undefined;
  const [zero, zeroToo, typeCode, rank] = bytes;
  const type = TYPES.get(typeCode);
  if (isGzip(bytes))
    throw new FormatError(`${who}: is compressed with gzip. Give it to data.idx, or inflate it first.`);
  if (zero !== 0 || zeroToo !== 0 || type === undefined) {
    const magic = Array.from(bytes.subarray(0, 4), (byte) => byte.toString(16).padStart(2, "0")).join(" ");
    throw new FormatError(`${who}: not an IDX file, it begins with ${magic}.${typeHint(bytes)}`);
  }
  if (rank < 1 || rank > MAXIMUM_RANK) {
    throw new FormatError(`${who}: the header says rank ${rank}, expected 1 to ${MAXIMUM_RANK}.`);
  }
  const headerBytes = 4 + 4 * rank;
  if (bytes.length < headerBytes) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, headerBytes);
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  // Beyond 2^53 the product is rounded, but then it is far from the size of any array of bytes anyway.
  const totalBytes = headerBytes + shape.reduce((product, dimension) => product * dimension, type.bytes);
  return { type, shape, headerBytes, totalBytes };
}

/** A file that begins as IDX does, with numbers of a type that IDX does not have. */
function typeHint([zero, zeroToo, typeCode, rank]: Uint8Array): string {
  if (zero !== 0 || zeroToo !== 0 || rank < 1 || rank > MAXIMUM_RANK) return "";
  const known = Array.from(TYPES.keys(), (code) => `0x${code.toString(16).padStart(2, "0")}`);
  return ` There is no type 0x${typeCode.toString(16).padStart(2, "0")}, the types are ${known.join(", ")}.`;
}

/**
 * The tensor in an IDX file. Unsigned bytes are a uint8 tensor on the given memory, not a copy; other integers become
 * int32, floats and doubles float32.
 *
 * @throws FormatError, before anything is allocated, when the bytes are not IDX or not exactly as many as the header says,
 *   and for a double that is too large for float32; DataError for what is no Uint8Array, or detached
 */
export function parseIdx(bytes: Uint8Array, ...rest: never[]): Tensor {
  checkArity("parseIdx", rest, "parseIdx(bytes)");
  if (kindOf(bytes) !== "Uint8Array") throw new DataError(`parseIdx: expects a Uint8Array, got ${show(bytes)}.`);
  return parse(bytesAtHand(bytes, "parseIdx") ?? bytes, "idx");
}

function parse(bytes: Uint8Array, who: string): Tensor {
  const header = parseHeader(bytes, who);
  if (header === undefined) throw new FormatError(`${who}: ends within its header, after ${bytes.length} bytes.`);
  const { type, shape, headerBytes, totalBytes } = header;
  if (bytes.length !== totalBytes) {
    throw new FormatError(
      `${who}: the header says [${shape}], which makes ${totalBytes} bytes, but there are ${bytes.length}.`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const data = type.read(view, headerBytes, (totalBytes - headerBytes) / type.bytes);
  if (kindOf(data) !== "Float64Array") return new Tensor(data as TensorData, shape);
  try {
    return Tensor.rounded(data as Float64Array, shape, who);
  } catch (cause) {
    throw new FormatError((cause as DataError).message, { cause });
  }
}

/** What is in memory is read, or copied, at the call: its giver may fill it anew meanwhile. */
async function readIdx(source: ByteSource, maximumBytes: number, who: string): Promise<Tensor> {
  const atHand = bytesAtHand(source, who);
  if (!atHand) return parseOrInflate(await readBytes(source, who, maximumBytes), maximumBytes, who);
  return isGzip(atHand) ? parseOrInflate(atHand.slice(), maximumBytes, who) : parse(atHand, who);
}

async function parseOrInflate(bytes: Bytes, maximumBytes: number, who: string): Promise<Tensor> {
  if (!isGzip(bytes)) return parse(bytes, who);
  const sizeOf = (beginning: Uint8Array) => parseHeader(beginning, who)?.totalBytes;
  return parse(await inflateExactly(bytes, sizeOf, maximumBytes, who), who);
}

/**
 * The dataset of an IDX file of inputs and one of labels, such as MNIST: x uint8 `[28, 28]`, y a label, in the dtype of
 * the file. Files compressed with gzip are recognised and inflated. Bytes in memory that are not compressed are used as they
 * are, not copied.
 *
 * @param labels may be left out.
 * @throws FormatError when a file is not what its header says, or larger than `maximumBytes`; ShapeError when the files
 *   differ in their count.
 */
export async function idx(
  images: ByteSource,
  labels?: ByteSource | undefined,
  options: IdxOptions = {},
): Promise<Dataset> {
  checkOptions("idx", options, ["maximumBytes"]);
  const maximumBytes = integer("idx", "maximumBytes", options.maximumBytes ?? MAXIMUM_BYTES);
  const [x, y] = await Promise.all([
    readIdx(images, maximumBytes, "idx: images"),
    labels === undefined ? undefined : readIdx(labels, maximumBytes, "idx: labels"),
  ]);
  if (!y) return fromTensors(x);
  if (x.shape[0] !== y.shape[0]) throw new ShapeError(`idx: ${x.shape[0]} images but ${y.shape[0]} labels.`);
  return fromTensors(x, y);
}
