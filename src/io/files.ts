import { ArgumentError, StateError } from "../errors";
import { type ByteSource, checkSize, readBytes } from "./bytes";
import { show } from "../options";
import { replaceFile } from "./replaceFile";
import { urlOf } from "../platform/urls";
import { isNode, nodeModule } from "../platform/nodeModule";
import { bytesOf, isA } from "../platform/realm";

/** What can be read from a file in browsers: what `showOpenFilePicker()` gives. */
export interface ReadableHandle {
  /** The file as it is now. */
  getFile(): Promise<Blob>;
}

/** What can be written to in browsers: what `showSaveFilePicker()` and `navigator.storage` give. */
export interface WritableHandle {
  /** Begins to write a new content, which takes the place of the old one when it is closed. */
  createWritable(): Promise<WritableFile>;
}

/** A file that is being written in browsers. */
export interface WritableFile {
  /** Appends bytes. */
  write(data: Uint8Array<ArrayBuffer>): Promise<void>;
  /** Ends the writing: the file has its new content. */
  close(): Promise<void>;
  /** Gives up: the file keeps its old content. */
  abort(): Promise<void>;
}

/** A path or `file:` URL in Node, a file handle in browsers. */
export type SaveTarget = string | URL | WritableHandle;

/** A path, or a URL as text or object: `file:` in Node, else fetched. Or bytes, a Blob, a Response, a file handle. */
export type FileSource = string | ByteSource | ReadableHandle;

/** A URL, of a scheme of more than one letter: `C:\model` is a path. */
function absoluteUrl(text: string): URL | undefined {
  return /^[a-z][a-z\d+.-]+:/i.test(text) ? urlOf(text) : undefined;
}

async function pathOf(target: string | URL): Promise<string> {
  if (typeof target === "string") return target;
  const { fileURLToPath } = await nodeModule<typeof import("node:url")>("node:url");
  return fileURLToPath(target.href);
}

/**
 * Reads all bytes of a source.
 *
 * @param maximumBytes more are an error
 * @throws ArgumentError for what is no source; DataError for an address that does not answer; StateError for a path
 *   outside Node, and in Node the file system's own errors
 */
export async function readSource(source: FileSource, who: string, maximumBytes?: number): Promise<Uint8Array> {
  if (source !== null && typeof source === "object" && "getFile" in source) {
    return readBytes(await source.getFile(), who, maximumBytes);
  }
  const place = typeof source === "string" ? (absoluteUrl(source) ?? source) : source;
  if (typeof place === "string" || (isA("URL", place) && (place as URL).protocol === "file:" && isNode)) {
    if (!isNode) return readBytes(addressOf(place as string, who), who, maximumBytes);
    const { readFile, stat } = await nodeModule<typeof import("node:fs/promises")>("node:fs/promises");
    const path = await pathOf(place as string | URL);
    if (maximumBytes !== undefined) checkSize((await stat(path)).size, maximumBytes, who);
    return bytesOf(await readFile(path))!;
  }
  return readBytes(place, who, maximumBytes);
}

/**
 * Where the bytes of a source are, for who reads them in pieces: a path or an address as text becomes a URL.
 *
 * @throws StateError for a path outside Node
 */
export async function locate(source: FileSource, who: string): Promise<ByteSource> {
  if (source !== null && typeof source === "object" && "getFile" in source) return source.getFile();
  if (typeof source !== "string") return source;
  const url = absoluteUrl(source);
  if (url || !isNode) return url ?? addressOf(source, who);
  const { pathToFileURL } = await nodeModule<typeof import("node:url")>("node:url");
  return new URL(pathToFileURL(source).href);
}

/** In a page a text without scheme is an address relative to it. */
function addressOf(text: string, who: string): URL {
  const base = globalThis.location?.href;
  const url = base ? urlOf(text, base) : undefined;
  if (url) return url;
  throw new StateError(`${who}: ${show(text)} is a path, and there is no Node to read it.`);
}

/** Writes all bytes, or throws and leaves what was there before. */
export async function writeBytes(target: SaveTarget, bytes: Uint8Array, who: string): Promise<void> {
  if (target !== null && typeof target === "object" && "createWritable" in target) {
    return writeToHandle(target, bytes);
  }
  const place = typeof target === "string" ? (absoluteUrl(target) ?? target) : target;
  if (isA("URL", place) && (place as URL).protocol !== "file:") {
    throw new ArgumentError(
      `${who}: can write to files only, got ${(place as URL).href}. Send toBytes() there instead.`,
    );
  }
  if (typeof place !== "string" && !isA("URL", place)) {
    throw new ArgumentError(`${who}: expects a path, a file: URL or a file handle, got ${show(target)}.`);
  }
  if (!isNode) {
    throw new StateError(
      `${who}: a path needs Node. Give what showSaveFilePicker() returns, or offer toBytes() as a download.`,
    );
  }
  await replaceFile(await pathOf(place as string | URL), bytes);
}

/** A handle's stream replaces the file when it is closed, not before. */
async function writeToHandle(handle: WritableHandle, bytes: Uint8Array): Promise<void> {
  const stream = await handle.createWritable();
  try {
    await stream.write(bytes as Uint8Array<ArrayBuffer>);
  } catch (error) {
    await stream.abort();
    throw error;
  }
  await stream.close();
}
