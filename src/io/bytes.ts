import { ArgumentError, DataError, FormatError } from "../errors";
import { show } from "../options";
import { isNode, nodeModule } from "../platform/nodeModule";
import { bytesOf, isA, isDetached } from "../platform/realm";

/** Where bytes come from. A URL is fetched; in Node `file:` URLs are read. */
export type ByteSource = Uint8Array | ArrayBuffer | Blob | Response | URL | ReadableStream<Uint8Array>;

/** Bytes in memory of one's own. Shared memory, which the stream and text interfaces refuse, is copied into it. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** The part of a `FileReader` that reads the blobs of those who have nothing newer. */
interface BlobReader {
  result: unknown;
  error: unknown;
  onload: () => void;
  onerror: () => void;
  readAsArrayBuffer(blob: Blob): void;
}

/**
 * The bytes that are in memory already, as an array on the same memory; undefined when they have to be waited for.
 *
 * @throws DataError for memory that has been transferred to somebody else
 */
export function bytesAtHand(source: unknown, who: string): Bytes | undefined {
  const isMemory = ArrayBuffer.isView(source) || isA("ArrayBuffer", source);
  if (isMemory && isDetached(source as ArrayBuffer)) {
    throw new DataError(
      `${who}: the bytes are detached, their memory was transferred. Transfer a copy: bytes.slice().`,
    );
  }
  const bytes = bytesOf(source);
  if (!bytes) return undefined;
  return isA("SharedArrayBuffer", bytes.buffer) ? new Uint8Array(bytes) : (bytes as Bytes);
}

/**
 * All bytes of a source; those in memory are copied at the call, because their giver may fill that memory anew meanwhile.
 *
 * @param maximumBytes more are an error, before they are read where the source tells their number
 */
export async function readBytes(
  source: ByteSource,
  who: string,
  maximumBytes = Number.POSITIVE_INFINITY,
): Promise<Bytes> {
  const atHand = bytesAtHand(source, who);
  if (atHand) {
    checkSize(atHand.length, maximumBytes, who);
    return atHand.buffer === (ArrayBuffer.isView(source) ? source.buffer : source) ? new Uint8Array(atHand) : atHand;
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of readChunks(source, who, maximumBytes)) chunks.push(chunk);
  return chunks.length === 1 ? (chunks[0] as Bytes) : concatenate(chunks);
}

/**
 * The bytes of a source in pieces, as they come.
 *
 * @param maximumBytes more are an error
 */
export async function* readChunks(
  source: ByteSource,
  who: string,
  maximumBytes = Number.POSITIVE_INFINITY,
): AsyncGenerator<Uint8Array> {
  let total = 0;
  for await (const chunk of chunksOf(source, who, maximumBytes)) {
    total += chunk.length;
    checkSize(total, maximumBytes, who);
    yield chunk;
  }
}

/** @throws FormatError when there are more bytes than the limit says */
export function checkSize(bytes: number, maximumBytes: number, who: string): void {
  if (bytes > maximumBytes) throw tooLarge("has", maximumBytes, who);
}

const tooLarge = (what: string, limit: number, who: string): FormatError =>
  new FormatError(`${who}: ${what} more than ${limit} bytes. Raise maximumBytes if that is meant.`);

async function* chunksOf(source: ByteSource, who: string, maximumBytes: number): AsyncGenerator<Uint8Array> {
  const atHand = bytesAtHand(source, who);
  if (atHand) yield atHand;
  else if (isA("URL", source) && (source as URL).protocol === "file:" && isNode) yield* readFileAt(source as URL);
  else if (isA("URL", source)) yield* chunksOfResponse(await fetchFrom(source as URL, who), who);
  else if (isA("Response", source)) yield* chunksOfResponse(source as Response, who);
  else if (isA("Blob", source) || isA("File", source)) {
    const blob = source as Blob;
    checkSize(blob.size, maximumBytes, who);
    if (typeof blob.stream === "function") yield* chunksOfStream(blob.stream(), who, "Blob");
    else yield await readBlob(blob, who);
  } else if (isA("ReadableStream", source)) {
    yield* chunksOfStream(source as ReadableStream<Uint8Array>, who, "ReadableStream");
  } else {
    const hint = typeof source === "string" ? " Give an address or a file as a URL, or read the file first." : "";
    throw new ArgumentError(
      `${who}: expects bytes, a Blob, a Response, a stream or a URL, got ${show(source)}.${hint}`,
    );
  }
}

async function* readFileAt(url: URL): AsyncGenerator<Uint8Array> {
  const { open } = await nodeModule<typeof import("node:fs/promises")>("node:fs/promises");
  const { fileURLToPath } = await nodeModule<typeof import("node:url")>("node:url");
  const file = await open(fileURLToPath(url.href));
  try {
    for await (const chunk of file.createReadStream({ autoClose: false, highWaterMark: 2 ** 18 })) {
      yield bytesOf(chunk)!;
    }
  } finally {
    await file.close();
  }
}

async function fetchFrom(url: URL, who: string): Promise<Response> {
  try {
    return await fetch(url.href);
  } catch (cause) {
    throw new DataError(`${who}: cannot fetch ${url.href}: ${reasonOf(cause)}`, { cause });
  }
}

async function* chunksOfResponse(response: Response, who: string): AsyncGenerator<Uint8Array> {
  if (!response.ok) {
    throw new DataError(`${who}: ${response.url || "the response"} answered with status ${response.status}.`);
  }
  if (response.bodyUsed) throw new DataError(`${who}: the Response has been read already. Give response.clone().`);
  if (isA("ReadableStream", response.body)) yield* chunksOfStream(response.body!, who, "Response");
  else {
    yield new Uint8Array(
      await response.arrayBuffer().catch((cause) => {
        throw unreadable("Response", who, cause);
      }),
    );
  }
}

async function* chunksOfStream(
  stream: ReadableStream<Uint8Array>,
  who: string,
  kind: string,
): AsyncGenerator<Uint8Array> {
  let reader: ReadableStreamDefaultReader<Uint8Array>;
  try {
    reader = stream.getReader();
  } catch (cause) {
    throw unreadable(kind, who, cause);
  }
  try {
    while (true) {
      const { done, value } = await reader.read().catch((cause) => {
        throw unreadable(kind, who, cause);
      });
      if (done) return;
      const bytes = bytesOf(value);
      if (!bytes) throw new DataError(`${who}: the ${kind} gives ${show(value)}, expected bytes.`);
      yield bytes;
    }
  } finally {
    await reader.cancel().catch(() => {}); // A stream that failed refuses; there is nothing left to release.
  }
}

/** Without `stream`, which jsdom's blobs lack. */
async function readBlob(blob: Blob, who: string): Promise<Uint8Array> {
  if (typeof blob.arrayBuffer === "function") return new Uint8Array(await blob.arrayBuffer());
  const { FileReader } = globalThis as unknown as { FileReader: new () => BlobReader };
  const reader = new FileReader();
  await new Promise<void>((resolve, reject) => {
    reader.onload = resolve;
    reader.onerror = () => reject(unreadable("Blob", who, reader.error));
    reader.readAsArrayBuffer(blob);
  });
  return new Uint8Array(reader.result as ArrayBuffer);
}

const unreadable = (kind: string, who: string, cause: unknown): DataError =>
  new DataError(`${who}: cannot read the ${kind}: ${reasonOf(cause)}`, { cause });

/** Errors of other realms have a message, too. */
const reasonOf = (cause: unknown): string =>
  typeof (cause as Error | undefined)?.message === "string" ? (cause as Error).message : String(cause);

export function isGzip(bytes: Uint8Array): boolean {
  return bytes.length >= 2 && bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** A deflated byte stands for at most this many (RFC 1951: a match of 258 bytes in two bits of Huffman code). */
const MAXIMUM_DEFLATE_RATIO = 1032;

/**
 * Inflates gzip, never into more than is expected.
 *
 * @param sizeOf reads the whole inflated size from its beginning; undefined as long as that is too short to tell. May throw.
 * @throws FormatError when the data is corrupt, when it inflates to another size than `sizeOf` says, and, before
 *   anything is allocated, when that is above the limit or so few bytes cannot inflate to it.
 */
export async function inflateExactly(
  bytes: Bytes,
  sizeOf: (beginning: Uint8Array) => number | undefined,
  maximumBytes: number,
  who: string,
): Promise<Uint8Array> {
  let result: Bytes = new Uint8Array(0);
  let filled = 0;
  let size: number | undefined;
  for await (const chunk of inflate([bytes], who)) {
    const needed = filled + chunk.length;
    if (size === undefined) {
      size = sizeOf(concatenate([result.subarray(0, filled), chunk]));
      if (size !== undefined && size > bytes.length * MAXIMUM_DEFLATE_RATIO) {
        throw new FormatError(`${who}: promises ${size} bytes, more than ${bytes.length} bytes of gzip can hold.`);
      }
      if (size !== undefined && size > maximumBytes) {
        throw new FormatError(
          `${who}: promises ${size} bytes, the limit is ${maximumBytes}. Raise maximumBytes if that is meant.`,
        );
      }
    }
    if (size !== undefined && needed > size) throw new FormatError(`${who}: inflates to more than its ${size} bytes.`);
    if (needed > result.length) {
      const grown = allocate(size ?? needed, who);
      grown.set(result.subarray(0, filled));
      result = grown;
    }
    result.set(chunk, filled);
    filled = needed;
  }
  if (filled !== size) {
    throw new FormatError(`${who}: inflates to ${filled} bytes${size === undefined ? "" : ` instead of ${size}`}.`);
  }
  return result;
}

/** Zeros, which the system gives when they are written to. */
function allocate(size: number, who: string): Bytes {
  try {
    return new Uint8Array(size);
  } catch (cause) {
    throw new DataError(`${who}: inflates to ${size} bytes, more memory than there is.`, { cause });
  }
}

/** Chunks of this size go to the decompressor, so that it gives way between them. */
const CHUNK_BYTES = 2 ** 16;

/**
 * Inflates gzip of unknown size, piece by piece.
 *
 * @param maximumBytes more are an error
 * @throws FormatError when the data is corrupt, or the limit is passed
 */
export async function* inflate(
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  who: string,
  maximumBytes = Number.POSITIVE_INFINITY,
): AsyncGenerator<Uint8Array> {
  if (typeof DecompressionStream !== "function") {
    throw new DataError(`${who}: the data is compressed with gzip, which cannot be read here. Inflate it first.`);
  }
  const { readable, writable } = new DecompressionStream("gzip");
  const reader = readable.getReader();
  let failure: unknown;
  const writing = writeAll(writable.getWriter(), chunks).catch((cause) => {
    failure ??= cause;
  });
  let total = 0;
  try {
    while (true) {
      const { done, value } = await reader.read().catch((cause) => {
        throw failure instanceof DataError || failure instanceof FormatError
          ? failure
          : new FormatError(`${who}: the gzip data is corrupt: ${reasonOf(cause)}`, { cause });
      });
      if (done) break;
      total += value.length;
      if (total > maximumBytes) throw tooLarge("inflates to", maximumBytes, who);
      yield value;
    }
    await writing;
  } finally {
    await reader.cancel().catch(() => {});
  }
}

/** Ends the stream in any case: its reader must not wait for ever for a source that has failed. */
async function writeAll(
  writer: WritableStreamDefaultWriter<BufferSource>,
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<void> {
  try {
    for await (const chunk of chunks) {
      for (let start = 0; start < chunk.length; start += CHUNK_BYTES) {
        await writer.ready;
        // Errors come out at the reader, and at the next wait.
        writer.write(chunk.slice(start, start + CHUNK_BYTES)).catch(() => {});
      }
    }
    await writer.close();
  } catch (cause) {
    await writer.abort(cause).catch(() => {});
    throw cause;
  }
}

function concatenate(chunks: readonly Uint8Array[]): Bytes {
  const result = new Uint8Array(chunks.reduce((total, chunk) => total + chunk.length, 0));
  let offset = 0;
  for (const chunk of chunks) {
    result.set(chunk, offset);
    offset += chunk.length;
  }
  return result;
}
