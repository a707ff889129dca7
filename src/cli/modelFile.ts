import { constants } from "node:fs";
import { access, open, readFile, stat, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import { FileError } from "./failures";
import { refuseFolder } from "./source";

/** A tensor in a safetensors file. */
export interface FileTensor {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: number;
}

/** What the header of a safetensors file says. */
export interface FileHeader {
  readonly bytes: number;
  readonly tensors: readonly FileTensor[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** What the format allows. */
const MAXIMUM_HEADER_BYTES = 100_000_000;

/**
 * The header of a safetensors file, of any program and with any types. The tensors are not read.
 *
 * @throws FileError when it is none
 */
export async function readFileHeader(path: string): Promise<FileHeader> {
  refuseFolder(path);
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const prefix = Buffer.alloc(8);
    const { bytesRead } = await file.read(prefix, 0, 8, 0);
    const length = bytesRead === 8 ? prefix.readBigUInt64LE() : 0n;
    if (length < 2n || length > MAXIMUM_HEADER_BYTES || length > size - 8) throw notSafetensors(path);
    const header = Buffer.alloc(Number(length));
    await file.read(header, 0, header.length, 8);
    return { bytes: size, ...headerOf(path, header.toString("utf8")) };
  } finally {
    await file.close();
  }
}

const notSafetensors = (path: string) => new FileError(`${path}: this is no safetensors file.`);

function headerOf(path: string, text: string): Omit<FileHeader, "bytes"> {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    throw notSafetensors(path);
  }
  if (typeof content !== "object" || content === null || Array.isArray(content)) throw notSafetensors(path);
  const { __metadata__: metadata = {}, ...entries } = content as Record<string, unknown>;
  const tensors = Object.entries(entries).map(([name, entry]): FileTensor => {
    const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Record<string, unknown>;
    const isWhole = typeof dtype === "string" && Array.isArray(shape) && Array.isArray(offsets);
    if (!isWhole) throw notSafetensors(path);
    return { name, dtype, shape, bytes: Number(offsets[1]) - Number(offsets[0]) };
  });
  return { tensors, metadata: metadata as Record<string, string> };
}

/**
 * Makes sure, before anything is trained, that a model can be written: the folder is there, and no file of somebody else stands at
 * its place.
 *
 * @throws FileError, or the error of the file system
 */
export async function checkTarget(path: string): Promise<void> {
  const folder = dirname(path);
  await access(folder, constants.W_OK | constants.X_OK);
  const found = await stat(path).catch(() => undefined);
  if (!found) return tryToMake(path);
  const refusal = new FileError(
    `${path}: there is a file that wasmgrad has not written. Name another one with --out, or move it away.`,
  );
  if (!found.isFile()) throw new FileError(`${path}: this is no file. Name another one with --out.`);
  const header = await readFileHeader(path).catch((error: unknown) => {
    if (error instanceof FileError) throw refusal;
    throw error;
  });
  if (header.metadata.wasmgrad === undefined) throw refusal;
  await access(path, constants.W_OK);
}

/** Makes a file and takes it away again: what rights say is not all, of the superuser and of disks that can only be read. */
async function tryToMake(path: string): Promise<void> {
  await (await open(path, "wx")).close();
  await unlink(path);
}

/** What stands at the beginning of pages that wasmgrad has written. */
const REPORT_MARK = '<meta name="generator" content="wasmgrad">';

/**
 * The same for the page of a report.
 *
 * @throws FileError, or the error of the file system
 */
export async function checkReport(path: string): Promise<void> {
  await access(dirname(path), constants.W_OK | constants.X_OK);
  const found = await stat(path).catch(() => undefined);
  if (!found) return tryToMake(path);
  if (!found.isFile()) throw new FileError(`${path}: this is no file. Name another one with --report.`);
  if (!(await readFile(path, "utf8")).includes(REPORT_MARK)) {
    throw new FileError(
      `${path}: there is a file that wasmgrad has not written. Name another one with --report, or move it away.`,
    );
  }
  await access(path, constants.W_OK);
}
