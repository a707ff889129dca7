import { FormatError, ShapeError } from "../errors";
import { type ByteSource, inflateExactly, isGzip, readBytes } from "../io/bytes";
import type { Dataset } from "./dataset";
import { fromTensors } from "./sources";
import { MAXIMUM_RANK, Tensor, type TensorData } from "../tensor/tensor";

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
  readonly read: (view: DataView, offset: number, count: number) => TensorData;
}

/** A signed or floating type: one value after the other, into the tensor's own type. */
function values(
  bytes: number,
  make: (count: number) => TensorData,
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

const TYPES = new Map<number, IdxType>([
  [0x08, { bytes: 1, read: ({ buffer, byteOffset }, at, count) => new Uint8Array(buffer, byteOffset + at, count) }],
  [0x09, values(1, int32, (view, at) => view.getInt8(at))],
  [0x0b, values(2, int32, (view, at) => view.getInt16(at))],
  [0x0c, values(4, int32, (view, at) => view.getInt32(at))],
  [0x0d, values(4, float32, (view, at) => view.getFloat32(at))],
  [0x0e, values(8, float32, (view, at) => view.getFloat64(at))],
]);

/** The header that these bytes begin with, or undefined when they end before it does. */
function parseHeader(bytes: Uint8Array, who: string): IdxHeader | undefined {
  if (bytes.length < 4) return undefined;
  const [zero, zeroToo, typeCode, rank] = bytes;
  const type = TYPES.get(typeCode);
  if (zero !== 0 || zeroToo !== 0 || type === undefined) {
    const magic = Array.from(bytes.subarray(0, 4), (byte) => byte.toString(16).padStart(2, "0")).join(" ");
    throw new FormatError(`${who}: not an IDX file, it begins with ${magic}.`);
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

/**
 * The tensor in an IDX file. Unsigned bytes are a uint8 tensor on the given memory, not a copy; other integers become
 * int32, floats and doubles float32.
 *
 * @throws FormatError, before anything is allocated, when the bytes are not IDX or not exactly as many as the header says.
 */
export function parseIdx(bytes: Uint8Array, who = "idx"): Tensor {
  const header = parseHeader(bytes, who);
  if (header === undefined) throw new FormatError(`${who}: ends within its header, after ${bytes.length} bytes.`);
  const { type, shape, headerBytes, totalBytes } = header;
  if (bytes.length !== totalBytes) {
    throw new FormatError(
      `${who}: the header says [${shape}], which makes ${totalBytes} bytes, but there are ${bytes.length}.`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return new Tensor(type.read(view, headerBytes, (totalBytes - headerBytes) / type.bytes), shape);
}

async function readIdx(source: ByteSource, who: string): Promise<Tensor> {
  const bytes = await readBytes(source, who);
  if (!isGzip(bytes)) return parseIdx(bytes, who);
  return parseIdx(await inflateExactly(bytes, (beginning) => parseHeader(beginning, who)?.totalBytes, who), who);
}

/**
 * The dataset of an IDX file of inputs and one of labels, such as MNIST: x uint8 `[28, 28]`, y a label, in the dtype of
 * the file. Files compressed with gzip are recognised and inflated.
 *
 * @param labels may be left out.
 * @throws FormatError when a file is not what its header says; ShapeError when the files differ in their count.
 */
export async function idx(images: ByteSource, labels?: ByteSource): Promise<Dataset> {
  const x = await readIdx(images, "idx: images");
  if (labels === undefined) return fromTensors(x);
  const y = await readIdx(labels, "idx: labels");
  if (x.shape[0] !== y.shape[0]) throw new ShapeError(`idx: ${x.shape[0]} images but ${y.shape[0]} labels.`);
  return fromTensors(x, y);
}
