import { FormatError } from "../errors";
import { type ByteSource, bytesAtHand, inflate, isGzip, readChunks } from "../io/bytes";

/** Characters of a piece: a few milliseconds of parsing. */
const PIECE_CHARACTERS = 2 ** 16;

/**
 * The text of a source in pieces, each line end a single "\n", without a byte order mark. Bytes and text in memory are taken as
 * they are at the call.
 *
 * @param maximumBytes of text: inflated, when the source is compressed
 * @throws FormatError when it is not text in UTF-8, or longer
 */
export function readPieces(source: string | ByteSource, maximumBytes: number): AsyncIterable<string> {
  if (typeof source === "string") return withPlainLineEnds(slices(source, maximumBytes));
  const atHand = bytesAtHand(source, "csv")?.slice();
  return withPlainLineEnds(decoded(readChunks(atHand ?? source, "csv", maximumBytes), maximumBytes));
}

async function* slices(text: string, maximumBytes: number): AsyncGenerator<string> {
  // Every character is a byte at least. Most tables have few others.
  if (text.length > maximumBytes) {
    throw new FormatError(`csv: has more than ${maximumBytes} bytes. Raise maximumBytes if that is meant.`);
  }
  for (let start = 0; start < text.length; start += PIECE_CHARACTERS) {
    yield text.slice(start, start + PIECE_CHARACTERS);
  }
}

/** "\r\n" and "\r" as "\n". A "\r" that ends a piece may be half of one. */
async function* withPlainLineEnds(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  let isFirst = true;
  let held = "";
  for await (const piece of pieces) {
    let text = held + piece;
    if (isFirst && text.startsWith("\ufeff")) text = text.slice(1);
    isFirst = false;
    held = text.endsWith("\r") ? "\r" : "";
    if (held) text = text.slice(0, -1);
    yield text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text;
  }
  if (held) yield "\n";
}

async function* decoded(chunks: AsyncGenerator<Uint8Array>, maximumBytes: number): AsyncGenerator<string> {
  const { beginning, all } = await peek(chunks);
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let line = 1;
  for await (const chunk of isGzip(beginning) ? inflate(all, "csv", maximumBytes) : all) {
    for (let start = 0; start < chunk.length; start += PIECE_CHARACTERS) {
      const bytes = chunk.subarray(start, start + PIECE_CHARACTERS);
      const text = decode(decoder, line, beginning, bytes);
      line += countLines(text);
      yield text;
    }
  }
  yield decode(decoder, line, beginning);
}

/** The first bytes of some chunks, and all chunks, these included. */
async function peek(chunks: AsyncGenerator<Uint8Array>) {
  const held: Uint8Array[] = [];
  let beginning: Uint8Array = new Uint8Array(0);
  while (beginning.length < 2) {
    const { done, value } = await chunks.next();
    if (done) break;
    held.push(value);
    beginning = Uint8Array.of(...beginning, ...value.subarray(0, 2));
  }
  async function* all(): AsyncGenerator<Uint8Array> {
    try {
      yield* held;
      yield* chunks;
    } finally {
      await chunks.return(undefined);
    }
  }
  return { beginning, all: all() };
}

/** @param bytes absent: the end */
function decode(decoder: TextDecoder, line: number, beginning: Uint8Array, bytes?: Uint8Array): string {
  try {
    return decoder.decode(bytes, { stream: bytes !== undefined });
  } catch (cause) {
    const [first, second] = beginning;
    const isWide = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
    // A byte of a character that began in the piece before is passed over, and is no line end either.
    const readable = bytes ? new TextDecoder().decode(bytes) : "";
    const at = line + countLines(readable.slice(0, Math.max(0, readable.indexOf("\ufffd"))));
    const hint = isWide ? " It is UTF-16: save it as UTF-8." : ` A byte of line ${at} belongs to no character.`;
    throw new FormatError(`csv: the file is not text in UTF-8.${hint}`, { cause });
  }
}

/** The line ends of a text, as editors count them. */
export function countLines(text: string): number {
  let count = 0;
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) count++;
  return count;
}
