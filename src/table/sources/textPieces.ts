import { ArgumentError, FormatError, LimitError } from "../../errors";
import { show } from "../../options";
import { inflate, isGzip } from "../../io/bytes";
import type { Wording } from "../wording";
import { foreignFormat } from "./foreignFormats";

/** Characters of a piece: a few milliseconds of parsing. */
const PIECE_CHARACTERS = 2 ** 16;

/** Bytes by which an encoding is told. */
const BEGINNING_BYTES = 2 ** 12;

/** What is set of a text. */
export interface EncodingOptions {
  readonly who: string;
  readonly encoding?: string | undefined;
  readonly maximumBytes: number;
  readonly wording?: Wording | undefined;
}

/** Text in pieces whose line ends are "\n", without a byte order mark. */
export interface TextPieces {
  readonly pieces: AsyncGenerator<string>;
  /** Of the bytes; undefined where there were none. */
  readonly encoding?: string | undefined;
}

/** The pieces of a text in memory. */
export function piecesOfText(text: string, options: EncodingOptions): TextPieces {
  async function* pieces(): AsyncGenerator<string> {
    for (let start = 0; start < text.length; start += PIECE_CHARACTERS)
      yield text.slice(start, start + PIECE_CHARACTERS);
  }
  if (text.length > options.maximumBytes) throw tooLong(options);
  return { pieces: withPlainLineEnds(checked(pieces(), options, "text")) };
}

/** The pieces of text that comes in bytes, or in pieces already. */
export async function piecesOfChunks(
  chunks: AsyncIterable<Uint8Array | string>,
  options: EncodingOptions,
): Promise<TextPieces> {
  const { first, all } = await peek(chunks);
  if (typeof first === "string")
    return { pieces: withPlainLineEnds(checked(onlyTexts(all, options), options, "text")) };
  const bytes = all as AsyncGenerator<Uint8Array>;
  if (!first || !isGzip(first)) return piecesOfBytes(first ?? new Uint8Array(0), bytes, options);
  const inflated = await peek(inflate(bytes, options.who, options.maximumBytes));
  return piecesOfBytes(
    (inflated.first as Uint8Array) ?? new Uint8Array(0),
    inflated.all as AsyncGenerator<Uint8Array>,
    options,
  );
}

function piecesOfBytes(beginning: Uint8Array, bytes: AsyncIterable<Uint8Array>, options: EncodingOptions): TextPieces {
  const foreign = foreignFormat(beginning);
  if (foreign) throw new FormatError(`${options.who}: ${foreign}`);
  const encoding = options.encoding ?? encodingOf(beginning);
  const pieces = decoded(bytes, encoding, options);
  return { pieces: withPlainLineEnds(checked(pieces, options, options.encoding ? "named" : "bytes")), encoding };
}

/** The encoding of some first bytes, by their mark, or by the zeros that letters of UTF-16 bring. */
function encodingOf(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return "utf-16le";
  if (first === 0xfe && second === 0xff) return "utf-16be";
  const length = Math.min(bytes.length, BEGINNING_BYTES) & ~1;
  const zeros = [0, 0];
  for (let i = 0; i < length; i++) if (bytes[i] === 0) zeros[i % 2]++;
  const many = length / 2 / 2;
  if (length >= 4 && zeros[1] > many && zeros[0] === 0) return "utf-16le";
  if (length >= 4 && zeros[0] > many && zeros[1] === 0) return "utf-16be";
  return "utf-8";
}

async function* decoded(
  bytes: AsyncIterable<Uint8Array>,
  encoding: string,
  options: EncodingOptions,
): AsyncGenerator<string> {
  const decoder = decoderOf(encoding, options);
  let total = 0;
  let line = 1;
  for await (const chunk of bytes) {
    total += chunk.length;
    if (total > options.maximumBytes) throw tooLong(options);
    for (let start = 0; start < chunk.length; start += PIECE_CHARACTERS) {
      const part = chunk.subarray(start, start + PIECE_CHARACTERS);
      const text = decode(decoder, encoding, line, options, part);
      line += lineEnds(text);
      yield text;
    }
  }
  yield decode(decoder, encoding, line, options);
}

function decoderOf(encoding: string, { who }: EncodingOptions): TextDecoder {
  try {
    return new TextDecoder(encoding, { fatal: true });
  } catch (cause) {
    throw new ArgumentError(
      `${who}: encoding cannot be ${show(encoding)}. Known are "utf-8", "utf-16le", "windows-1252" and others of TextDecoder.`,
      { cause },
    );
  }
}

/** @param bytes absent: the end */
function decode(
  decoder: TextDecoder,
  encoding: string,
  line: number,
  { who, wording }: EncodingOptions,
  bytes?: Uint8Array,
): string {
  try {
    return decoder.decode(bytes, { stream: bytes !== undefined });
  } catch (cause) {
    // A byte of a character that began in the piece before is passed over, and is no line end either.
    const readable = bytes ? new TextDecoder(encoding).decode(bytes) : "";
    const at = line + lineEnds(readable.slice(0, Math.max(0, readable.indexOf("\ufffd"))));
    const problem =
      wording?.encoding(at) ??
      `line ${at} has a byte that is no character in ${encoding}. ` +
        'Name the encoding, such as encoding: "windows-1252" for files of Windows and Latin-1.';
    throw new FormatError(`${who}: ${problem}`, { cause });
  }
}

/** Refuses what an earlier reader could not decode, and what is no text. */
async function* checked(
  pieces: AsyncIterable<string>,
  { who, wording }: EncodingOptions,
  kind: "text" | "bytes" | "named",
): AsyncGenerator<string> {
  let line = 1;
  for await (const piece of pieces) {
    const lost = kind === "named" ? -1 : piece.indexOf("\ufffd");
    if (lost >= 0) {
      const way =
        wording?.lost ??
        (kind === "text"
          ? 'Give the bytes, and encoding: "windows-1252" if that is what they are'
          : "Save the file again from its source, or set encoding if that is meant");
      throw new FormatError(
        `${who}: line ${line + lineEnds(piece.slice(0, lost))} has a character that was lost when the text was decoded (U+FFFD). ${way}.`,
      );
    }
    const zero = piece.indexOf("\0");
    if (zero >= 0) {
      const at = line + lineEnds(piece.slice(0, zero));
      const problem =
        wording?.encoding(at) ??
        `line ${at} has a zero byte. This is no text, or its encoding has to be named: encoding: "utf-16le".`;
      throw new FormatError(`${who}: ${problem}`);
    }
    line += lineEnds(piece);
    yield piece;
  }
}

async function* onlyTexts(pieces: AsyncIterable<unknown>, options: EncodingOptions): AsyncGenerator<string> {
  let total = 0;
  for await (const piece of pieces) {
    if (typeof piece !== "string")
      throw new FormatError(`${options.who}: expected text, as at first, got ${show(piece)}.`);
    total += piece.length;
    if (total > options.maximumBytes) throw tooLong(options);
    for (let start = 0; start < piece.length; start += PIECE_CHARACTERS)
      yield piece.slice(start, start + PIECE_CHARACTERS);
  }
}

/** "\r\n" and "\r" as "\n". A "\r" that ends a piece may be half of one. */
async function* withPlainLineEnds(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  let isFirst = true;
  let held = "";
  for await (const piece of pieces) {
    let text = held + piece;
    if (isFirst && text.startsWith("\ufeff")) text = text.slice(1);
    isFirst &&= text === "";
    held = text.endsWith("\r") ? "\r" : "";
    if (held) text = text.slice(0, -1);
    yield text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text;
  }
  if (held) yield "\n";
}

/** The first piece that is not empty, and all pieces, this one included. */
async function peek<Piece extends Uint8Array | string>(
  pieces: AsyncIterable<Piece>,
): Promise<{ readonly first: Piece | undefined; readonly all: AsyncGenerator<Piece> }> {
  const iterator = pieces[Symbol.asyncIterator]();
  let first: Piece | undefined;
  while (first === undefined) {
    const { done, value } = await iterator.next();
    if (done) break;
    if (value.length > 0) first = value;
  }
  // Two bytes tell compressed data: a first piece of one waits for the next.
  if (typeof first === "object" && first.length < 4) {
    const { done, value } = await iterator.next();
    if (!done) first = joined(first, value as Uint8Array) as Piece;
  }
  async function* all(): AsyncGenerator<Piece> {
    try {
      if (first !== undefined) yield first;
      while (true) {
        const { done, value } = await iterator.next();
        if (done) return;
        yield value;
      }
    } finally {
      await iterator.return?.(undefined);
    }
  }
  return { first, all: all() };
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

function tooLong({ who, maximumBytes, wording }: EncodingOptions) {
  const message = `${who}: has more than ${maximumBytes} bytes. Raise maximumBytes if that is meant.`;
  return wording?.tooMuch(message) ?? new LimitError(message);
}

/** The line ends of a text. */
export function lineEnds(text: string): number {
  let count = 0;
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) count++;
  return count;
}
