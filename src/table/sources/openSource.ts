import { ArgumentError, DataError, FormatError } from "../../errors";
import { readChunks } from "../../io/bytes";
import { type FileSource, locate } from "../../io/files";
import { show } from "../../options";
import { bytesOf, isA, kindOf } from "../../platform/realm";
import type { CheckedOptions } from "../tableOptions";
import { isRecord } from "./objects";
import { piecesOfChunks, piecesOfText, type TextPieces } from "./textPieces";

/** Whatever holds a table. */
export type TableSource =
  | FileSource
  | AsyncIterable<Uint8Array | string>
  | Iterable<Readonly<Record<string, unknown>> | readonly unknown[]>
  | AsyncIterable<Readonly<Record<string, unknown>> | readonly unknown[]>
  | Readonly<Record<string, unknown>>;

/** A source whose kind is known. */
export type OpenSource =
  | ({ readonly kind: "text" } & TextPieces)
  | { readonly kind: "rows"; readonly rows: Iterable<unknown> | AsyncIterable<unknown> }
  | { readonly kind: "record"; readonly record: Readonly<Record<string, unknown>> };

/** Finds out what a source is, and begins to read it. */
export async function openSource(source: unknown, options: CheckedOptions): Promise<OpenSource> {
  const { who } = options;
  if (typeof source === "string" && isTextItself(source)) return { kind: "text", ...piecesOfText(source, options) };
  if (isA("Map", source)) return { kind: "record", record: Object.fromEntries(source as Map<string, unknown>) };
  if (isRecord(source) && !("getFile" in source)) return { kind: "record", record: source };
  if (source !== null && typeof source === "object" && !isOfPlatform(source)) {
    if (Symbol.asyncIterator in source) return openAsyncIterable(source as AsyncIterable<unknown>, options);
    if (Symbol.iterator in source) return { kind: "rows", rows: source as Iterable<unknown> };
  }
  const isFile = typeof source === "string" || (source !== null && typeof source === "object");
  const kind = kindOf(source);
  if (!isFile || (kind !== undefined && kind !== "Uint8Array" && kind !== "Uint8ClampedArray")) {
    throw new ArgumentError(
      `${who}: expects text, a path, a URL, bytes, a stream, objects or columns, got ${show(source)}.`,
    );
  }
  const place = await locate(source as FileSource, who);
  return { kind: "text", ...(await piecesOfChunks(namingFile(readChunks(place, who), source, who), options)) };
}

/** Text itself has line ends, or is JSON. Everything else is a path or an address. */
const isTextItself = (text: string): boolean => /^\s*(?:[[{]|$)/.test(text) || /[\r\n]/.test(text);

const PLATFORM = ["ReadableStream", "Blob", "File", "Response", "URL", "ArrayBuffer", "SharedArrayBuffer", "DataView"];

/** What `locate` and `readChunks` know, although some of it can be gone through. */
const isOfPlatform = (source: object): boolean =>
  kindOf(source) !== undefined || PLATFORM.some((name) => isA(name, source)) || "getFile" in source;

/** Streams of Node give bytes or texts; other sources give rows. The first item tells. */
async function openAsyncIterable(source: AsyncIterable<unknown>, options: CheckedOptions): Promise<OpenSource> {
  const iterator = source[Symbol.asyncIterator]();
  const first = await iterator.next();
  async function* all(): AsyncGenerator<unknown> {
    try {
      if (first.done) return;
      yield first.value;
      while (true) {
        const { done, value } = await iterator.next();
        if (done) return;
        yield value;
      }
    } finally {
      await iterator.return?.();
    }
  }
  const isText = first.done || typeof first.value === "string" || bytesOf(first.value) !== undefined;
  if (!isText) return { kind: "rows", rows: all() };
  return { kind: "text", ...(await piecesOfChunks(plainChunks(all(), options.who), options)) };
}

async function* plainChunks(chunks: AsyncIterable<unknown>, who: string): AsyncGenerator<Uint8Array | string> {
  for await (const chunk of chunks) {
    const piece = typeof chunk === "string" ? chunk : bytesOf(chunk);
    if (piece === undefined) throw new DataError(`${who}: the stream gives ${show(chunk)}, expected bytes or text.`);
    yield piece;
  }
}

/** Says of a text that was taken for a path what it was taken for. */
async function* namingFile(
  chunks: AsyncIterable<Uint8Array>,
  source: unknown,
  who: string,
): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks;
  } catch (cause) {
    const { code } = cause as { code?: unknown };
    if (
      typeof source !== "string" ||
      (code !== "ENOENT" && code !== "ENAMETOOLONG" && code !== "EISDIR" && code !== "EACCES")
    )
      throw cause;
    const reason = code === "ENOENT" || code === "ENAMETOOLONG" ? "there is no such file" : (cause as Error).message;
    throw new DataError(
      `${who}: cannot read ${show(source)}: ${reason}. A text without line ends is taken for a path or an address.`,
      { cause },
    );
  }
}

/** An empty source. */
export const nothing = (who: string): FormatError => new FormatError(`${who}: there is nothing in it.`);
