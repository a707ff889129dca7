import { ArgumentError, FormatError } from "../errors";
import { quoted } from "../formats/json";
import { decodeNpy } from "../formats/npy/decode";
import { encodeNpy } from "../formats/npy/encode";
import { crc32 } from "../formats/zip/crc32";
import { readZip, type ZipEntry } from "../formats/zip/directory";
import { archiveSize, encodeZip, MAXIMUM_ARCHIVE_BYTES, MAXIMUM_FILES } from "../formats/zip/encode";
import { bytesAtHand, checkSize } from "../io/bytes";
import { deflateRaw, inflateRaw } from "../io/deflate";
import { type FileSource, readSource } from "../io/files";
import { boolean, checkArity, checkOptions, didYouMean, integer, show } from "../options";
import { breatheBefore } from "../platform/breathe";
import type { ArrayKind } from "../platform/realm";
import type { Tensor } from "../tensor/tensor";
import { type NamedTensors, type StoredLike, toStored, toStoredEntries } from "./storedArray";

/** Options of `npy`. */
export interface NpyOptions {
  /** The most bytes that the file may have. Default 2 GiB, 2³¹. */
  maximumBytes?: number | undefined;
}

/** Options of `npz` and `safetensors`, which read several tensors. */
export interface NamedFileOptions {
  /** The most bytes that the file may have, and all tensors of it when inflated. Default 2 GiB, 2³¹. */
  maximumBytes?: number | undefined;
  /** The tensors to read. Default: all, of which each has to be readable. */
  names?: readonly string[] | undefined;
}

/** Options of `toNpz`. */
export interface NpzOptions {
  /** Whether to deflate, as `numpy.savez_compressed` does. Default false. */
  compressed?: boolean | undefined;
}

const MAXIMUM_BYTES = 2 ** 31;
const SUFFIX = ".npy";

/**
 * Reads an array of NumPy, as `numpy.save` writes: format 1.0, 2.0 or 3.0, in rows or columns, either order of bytes. bool and
 * uint8 become uint8, other integers int32, float16, float32 and float64 float32. float64 is rounded: what learns from data
 * (`data.standardize`) learns from the numbers as they were. Nothing in the file is ever run.
 *
 * @param source bytes, which are copied; a path, a URL, a Blob, a Response, a stream, a file handle
 * @throws FormatError, before anything is allocated, when the file is not what its header says, or holds what no tensor can:
 *   objects, texts, dates, records, complex numbers
 * @throws DataError with its value and place for a number that does not fit into int32 or float32
 */
export async function npy(source: FileSource, options: NpyOptions = {}): Promise<Tensor> {
  const who = "npy";
  checkOptions(who, options, ["maximumBytes"]);
  const maximumBytes = integer(who, "maximumBytes", options.maximumBytes ?? MAXIMUM_BYTES);
  const atHand = bytesAtHand(source, who);
  if (atHand) checkSize(atHand.length, maximumBytes, who);
  return decodeNpy(atHand ?? (await readSource(source, who, maximumBytes)), who);
}

/**
 * Reads an archive of arrays of NumPy, as `numpy.savez` and `numpy.savez_compressed` write, also beyond 4 GB.
 *
 * @returns tensors by name, in the order of the archive, as an object without prototype: any name is just a name
 * @throws FormatError when the archive is damaged, by its own checksums too, or has a file that is no array; for each array as
 *   `npy` does, with its name
 * @throws ArgumentError for `names` that are not there
 */
export async function npz(source: FileSource, options: NamedFileOptions = {}): Promise<Record<string, Tensor>> {
  const who = "npz";
  const { maximumBytes, names } = readOptions(options, who);
  const atHand = bytesAtHand(source, who);
  if (atHand) checkSize(atHand.length, maximumBytes, who);
  // While it is inflated the giver of the bytes may change them.
  const bytes = atHand?.slice() ?? (await readSource(source, who, maximumBytes));
  const all = new Map(filesOf(bytes, who).map((file) => [file.name, file]));
  const plain = (name: string) => (name.endsWith(SUFFIX) ? name.slice(0, -SUFFIX.length) : name);
  checkNames(names, Array.from(all.keys(), plain), who);
  const files = [...all.values()].filter(({ name }) => names?.includes(plain(name)) ?? true);
  checkSize(
    files.reduce((sum, { size }) => sum + size, 0),
    maximumBytes,
    who,
  );
  const tensors: Record<string, Tensor> = Object.create(null);
  for (const file of files) {
    await breatheBefore();
    const name = plain(file.name);
    if (name === file.name)
      throw new FormatError(`${who}: ${quoted(name)} is no array: its name does not end with .npy.`);
    tensors[name] = decodeNpy(await contentOf(file, who), `${who}: ${quoted(name)}`);
  }
  return tensors;
}

/** The files of an archive, without its folders. */
function filesOf(bytes: Uint8Array, who: string): ZipEntry[] {
  const isArray = bytes[0] === 0x93 && bytes[1] === 0x4e;
  if (isArray) throw new FormatError(`${who}: the file is a single array, as numpy.save writes. Read it by data.npy.`);
  return readZip(bytes, who).filter(({ name, size }) => !name.endsWith("/") || size > 0);
}

async function contentOf({ name, isDeflated, packed, size, crc }: ZipEntry, who: string): Promise<Uint8Array> {
  const file = `${who}: ${quoted(name)}`;
  const content = isDeflated ? await inflateRaw(packed, size, file) : packed;
  if (crc32(content) !== crc) throw new FormatError(`${file} is damaged: its checksum is another.`);
  return content;
}

/** The options of a reader of several tensors. */
export function readOptions(options: NamedFileOptions, who: string) {
  checkOptions(who, options, ["maximumBytes", "names"]);
  const { names } = options;
  if (names !== undefined && !Array.isArray(names)) {
    throw new ArgumentError(`${who}: names must be an array of texts, got ${show(names)}.`);
  }
  return { maximumBytes: integer(who, "maximumBytes", options.maximumBytes ?? MAXIMUM_BYTES), names };
}

/** Refuses names that a file does not have. */
export function checkNames(names: readonly string[] | undefined, known: readonly string[], who: string): void {
  for (const name of names ?? []) {
    if (!known.includes(name)) {
      throw new ArgumentError(`${who}: there is no tensor ${show(name)}.${didYouMean(String(name), known)}`);
    }
  }
}

const DESCRIPTIONS: Readonly<Record<ArrayKind, string>> = {
  Float16Array: "<f2",
  Float32Array: "<f4",
  Float64Array: "<f8",
  Int8Array: "|i1",
  Int16Array: "<i2",
  Int32Array: "<i4",
  Uint8Array: "|u1",
  Uint8ClampedArray: "|u1",
  Uint16Array: "<u2",
  Uint32Array: "<u4",
  BigInt64Array: "<i8",
  BigUint64Array: "<u8",
};

/**
 * Writes an array that `numpy.load` reads. A tensor is written as float32, int32 or uint8, what it is; of `{ data, shape }` the
 * type of the array is kept, float64 and 64-bit integers included.
 *
 * @returns the bytes of a `.npy` file, format 1.0
 * @throws ShapeError, DataError as `tensor` does
 */
export function toNpy(tensor: StoredLike): Uint8Array<ArrayBuffer>;
export function toNpy(tensor: StoredLike, ...rest: unknown[]): Uint8Array<ArrayBuffer> {
  checkArity("toNpy", rest, "data.toNpy(tensor)");
  const { kind, data, shape } = toStored(tensor, "toNpy");
  return encodeNpy(DESCRIPTIONS[kind], shape, data);
}

/**
 * Writes arrays by name that `numpy.load` reads, each as `toNpy` does. The same tensors give the same bytes.
 *
 * @returns the bytes of a `.npz` file
 * @throws ArgumentError for names that are no text, or more tensors than an archive holds (65,534, together 4 GB)
 */
export async function toNpz(tensors: NamedTensors, options: NpzOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
  const who = "toNpz";
  checkOptions(who, options, ["compressed"]);
  const isCompressed = boolean(who, "compressed", options.compressed ?? false);
  const entries = toStoredEntries(tensors, who);
  const contents = entries.map(([name, { kind, data, shape }]) => {
    return { name: `${name}${SUFFIX}`, content: encodeNpy(DESCRIPTIONS[kind], shape, data) };
  });
  if (entries.length > MAXIMUM_FILES || archiveSize(contents) > MAXIMUM_ARCHIVE_BYTES) {
    throw new ArgumentError(
      `${who}: the archive would hold more than ${MAXIMUM_FILES} tensors or 4 GB. Write several.`,
    );
  }
  if (!isCompressed) return encodeZip(contents);
  const files = [];
  for (const file of contents) files.push({ ...file, deflated: await deflateRaw(file.content) });
  return encodeZip(files);
}
