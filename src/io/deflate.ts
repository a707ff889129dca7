import { DataError, FormatError } from "../errors";

/** Loaded where the runtime has no way of its own: browsers before 2023, and some that play one. */
const inJavaScript = () => import("./deflateInJavaScript");

/** A stream of the runtime's for DEFLATE without a frame, where it has one. */
function nativeStream(kind: "CompressionStream" | "DecompressionStream"): DecompressionStream | undefined {
  try {
    return new globalThis[kind]("deflate-raw");
  } catch {
    return undefined;
  }
}

/**
 * Inflates DEFLATE without a frame (RFC 1951), never into more than is expected.
 *
 * @throws FormatError when the data is corrupt or inflates to another size; DataError when there is no memory for it
 */
export async function inflateRaw(packed: Uint8Array, size: number, who: string): Promise<Uint8Array<ArrayBuffer>> {
  const result = allocate(size, who);
  const stream = nativeStream("DecompressionStream");
  const filled = stream
    ? await inflateBy(stream, packed, result, who)
    : (await inJavaScript()).inflateInto(packed, result, who);
  if (filled !== size) throw new FormatError(`${who}: inflates to ${filled} bytes instead of ${size}.`);
  return result;
}

async function inflateBy(
  { readable, writable }: DecompressionStream,
  packed: Uint8Array,
  result: Uint8Array,
  who: string,
): Promise<number> {
  const writer = writable.getWriter();
  // What fails comes out at the reader.
  writer.write(packed as BufferSource).catch(() => {});
  writer.close().catch(() => {});
  const reader = readable.getReader();
  let filled = 0;
  try {
    while (true) {
      const { done, value } = await reader.read().catch((cause) => {
        throw new FormatError(`${who}: the deflated data is corrupt.`, { cause });
      });
      if (done) return filled;
      if (filled + value.length > result.length) {
        throw new FormatError(`${who}: inflates to more than its ${result.length} bytes.`);
      }
      result.set(value, filled);
      filled += value.length;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

/** Deflates without a frame. */
export async function deflateRaw(bytes: Uint8Array): Promise<Uint8Array> {
  const stream = nativeStream("CompressionStream");
  if (!stream) return (await inJavaScript()).deflate(bytes);
  const body = new Response(bytes as BufferSource).body!.pipeThrough(stream);
  return new Uint8Array(await new Response(body).arrayBuffer());
}

function allocate(size: number, who: string): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(size);
  } catch (cause) {
    throw new DataError(`${who}: inflates to ${size} bytes, more memory than there is.`, { cause });
  }
}
