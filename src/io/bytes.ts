import { ArgumentError, DataError, FormatError } from "../errors";
import { isA } from "../platform/globals";
import { isNode, nodeModule } from "../platform/nodeModule";
import { show } from "../options";

/** Where bytes come from. A URL is fetched; in Node `file:` URLs are read. */
export type ByteSource = Uint8Array | ArrayBuffer | Blob | Response | URL | ReadableStream<Uint8Array>;

/** Bytes in memory of one's own. Shared memory, which the stream and text interfaces refuse, is copied into it. */
type Bytes = Uint8Array<ArrayBuffer>;

/** All bytes of a source; a `Uint8Array` is returned as it is. */
export async function readBytes(source: ByteSource, who: string): Promise<Bytes> {
  if (source instanceof Uint8Array) {
    return source.buffer instanceof ArrayBuffer ? (source as Bytes) : new Uint8Array(source);
  }
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  if (source instanceof URL && source.protocol === "file:" && isNode) return readFileAt(source);
  if (source instanceof URL) return readBytes(await fetchFrom(source, who), who);
  if (isA(source, "Response") && !source.ok) {
    throw new DataError(`${who}: ${source.url || "the response"} answered with status ${source.status}.`);
  }
  if (isA(source, "Blob") || isA(source, "Response") || isA(source, "ReadableStream")) {
    const readable = isA(source, "ReadableStream") ? new Response(source) : source;
    try {
      return new Uint8Array(await readable.arrayBuffer());
    } catch (cause) {
      throw new DataError(`${who}: cannot read the ${source.constructor.name}: ${reasonOf(cause)}`, { cause });
    }
  }
  const hint = typeof source === "string" ? " Give an address or a file as a URL, or read the file first." : "";
  throw new ArgumentError(`${who}: expects bytes, a Blob, a Response, a stream or a URL, got ${show(source)}.${hint}`);
}

async function readFileAt(url: URL): Promise<Bytes> {
  const { readFile } = await nodeModule<typeof import("node:fs/promises")>("node:fs/promises");
  return new Uint8Array(await readFile(url));
}

async function fetchFrom(url: URL, who: string): Promise<Response> {
  try {
    return await fetch(url);
  } catch (cause) {
    throw new DataError(`${who}: cannot fetch ${url}: ${reasonOf(cause)}`, { cause });
  }
}

const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));

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
 *   anything is allocated, when so few bytes cannot inflate to that size.
 */
export async function inflateExactly(
  bytes: Bytes,
  sizeOf: (beginning: Uint8Array) => number | undefined,
  who: string,
): Promise<Uint8Array> {
  let result: Uint8Array = new Uint8Array(0);
  let filled = 0;
  let size: number | undefined;
  for await (const chunk of inflate(bytes, who)) {
    const needed = filled + chunk.length;
    if (size === undefined) {
      const beginning = concatenate([result.subarray(0, filled), chunk]);
      size = sizeOf(beginning);
      if (size !== undefined && size > bytes.length * MAXIMUM_DEFLATE_RATIO) {
        throw new FormatError(`${who}: promises ${size} bytes, more than ${bytes.length} bytes of gzip can hold.`);
      }
      if (size === undefined || size < needed) result = beginning;
      else {
        result = new Uint8Array(size);
        result.set(beginning);
      }
    } else if (needed <= size) result.set(chunk, filled);
    filled = needed;
    if (size !== undefined && filled > size) throw new FormatError(`${who}: inflates to more than its ${size} bytes.`);
  }
  if (filled !== size) {
    throw new FormatError(`${who}: inflates to ${filled} bytes${size === undefined ? "" : ` instead of ${size}`}.`);
  }
  return result;
}

/** Inflates gzip of unknown size, up to a limit. */
export async function inflateUpTo(bytes: Bytes, limit: number, who: string): Promise<Bytes> {
  const chunks: Uint8Array[] = [];
  let total = 0;
  for await (const chunk of inflate(bytes, who)) {
    total += chunk.length;
    if (total > limit) throw new FormatError(`${who}: inflates to more than ${limit} bytes.`);
    chunks.push(chunk);
  }
  return concatenate(chunks);
}

async function* inflate(bytes: Bytes, who: string): AsyncGenerator<Uint8Array> {
  const compressed = new Blob([bytes]).stream();
  const reader = compressed.pipeThrough(new DecompressionStream("gzip")).getReader();
  try {
    while (true) {
      const { done, value } = await reader.read().catch((cause) => {
        throw new FormatError(`${who}: the gzip data is corrupt: ${reasonOf(cause)}`, { cause });
      });
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => {}); // A stream that failed refuses; there is nothing left to release.
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
