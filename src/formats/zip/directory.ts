import { FormatError } from "../../errors";
import { textDecoder } from "../../platform/text";
import { quoted } from "../json";

/**
 * A ZIP archive (PKWARE's APPNOTE), read from its directory at the end. Archives over several disks, encrypted and otherwise
 * compressed files are refused by name; sizes of 64 bits are read.
 */
export interface ZipEntry {
  readonly name: string;
  readonly isDeflated: boolean;
  readonly crc: number;
  /** The bytes as they stand in the archive. */
  readonly packed: Uint8Array;
  /** The bytes when inflated. */
  readonly size: number;
}

const END = 0x06054b50;
const END_BYTES = 22;
const LOCATOR = 0x07064b50;
const LOCATOR_BYTES = 20;
const END64 = 0x06064b50;
const END64_BYTES = 56;
const RECORD = 0x02014b50;
const RECORD_BYTES = 46;
const LOCAL = 0x04034b50;
const LOCAL_BYTES = 30;
const MAXIMUM_COMMENT_BYTES = 0xffff;
/** Stands where a number of 32 bits is written elsewhere in 64. */
const ELSEWHERE = 0xffffffff;
/** A deflated byte stands for at most this many (RFC 1951). */
const MAXIMUM_DEFLATE_RATIO = 1032;

/** Characters 128 to 255 of code page 437, which names without the mark of UTF-8 are written in. */
const CODE_PAGE_437 =
  "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0";

/** Where the directory stands, and how many records it has. */
interface Directory {
  readonly start: number;
  readonly end: number;
  readonly count: number;
}

/** One record of the directory. */
interface Entry {
  readonly name: string;
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly packedBytes: number;
  readonly size: number;
  readonly offset: number;
}

/**
 * All files of an archive, in the order of its directory; none is inflated yet.
 *
 * @throws FormatError when it is no whole archive, contradicts itself, has a name twice, or files that share bytes
 */
export function readZip(bytes: Uint8Array, who: string): ZipEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const directory = findDirectory(bytes, view, who);
  const entries: Entry[] = [];
  let at = directory.start;
  for (let i = 0; i < directory.count; i++) {
    if (at + RECORD_BYTES > directory.end || view.getUint32(at, true) !== RECORD) {
      throw new FormatError(`${who}: the directory of the archive is damaged at its file ${i + 1}.`);
    }
    const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((field) => view.getUint16(at + field, true));
    const end = at + RECORD_BYTES + nameBytes + extraBytes + commentBytes;
    if (end > directory.end)
      throw new FormatError(`${who}: the directory of the archive ends within its file ${i + 1}.`);
    entries.push(readEntry(bytes, view, at, nameBytes, extraBytes, who));
    at = end;
  }
  if (at !== directory.end) {
    throw new FormatError(`${who}: the directory of the archive has more bytes than its ${directory.count} files.`);
  }
  const names = new Set<string>();
  for (const { name } of entries) {
    if (names.has(name)) throw new FormatError(`${who}: the archive has ${quoted(name)} twice.`);
    names.add(name);
  }
  const placed = entries.map((entry) => ({ entry, ...locate(view, entry, directory.start, who) }));
  const inOrder = [...placed].sort((a, b) => a.entry.offset - b.entry.offset);
  for (let i = 1; i < inOrder.length; i++) {
    if (inOrder[i].entry.offset < inOrder[i - 1].end) {
      const [first, second] = [inOrder[i - 1], inOrder[i]].map(({ entry }) => quoted(entry.name));
      throw new FormatError(`${who}: ${first} and ${second} share bytes of the archive.`);
    }
  }
  return placed.map(({ entry: { name, method, crc, size }, start, end }) => {
    return { name, isDeflated: method === 8, crc, packed: bytes.subarray(start, end), size };
  });
}

function findDirectory(bytes: Uint8Array, view: DataView, who: string): Directory {
  const last = bytes.length - END_BYTES;
  for (let at = last; at >= Math.max(0, last - MAXIMUM_COMMENT_BYTES); at--) {
    if (view.getUint32(at, true) !== END || at + END_BYTES + view.getUint16(at + 20, true) !== bytes.length) continue;
    const disks = [4, 6].map((field) => view.getUint16(at + field, true));
    const count = view.getUint16(at + 10, true);
    const [size, start] = [view.getUint32(at + 12, true), view.getUint32(at + 16, true)];
    if (at >= LOCATOR_BYTES && view.getUint32(at - LOCATOR_BYTES, true) === LOCATOR) {
      return findDirectory64(view, at - LOCATOR_BYTES, who);
    }
    if (disks.some((disk) => disk !== 0) || view.getUint16(at + 8, true) !== count) {
      throw new FormatError(`${who}: the archive goes over several files, which are not read. Join them first.`);
    }
    return checkDirectory({ start, end: start + size, count }, at, who);
  }
  const begins = bytes.length >= 4 && [LOCAL, END].includes(view.getUint32(0, true));
  const what = begins
    ? "the archive has no directory at its end: its download or writing has been cut off"
    : "not a ZIP archive, as numpy.savez writes";
  throw new FormatError(`${who}: ${what}.`);
}

function findDirectory64(view: DataView, locator: number, who: string): Directory {
  const at = readUint64(view, locator + 8);
  if (!(at + END64_BYTES <= locator) || view.getUint32(at, true) !== END64) {
    throw new FormatError(`${who}: the archive does not have its directory where it says.`);
  }
  const [count, size, start] = [32, 40, 48].map((field) => readUint64(view, at + field));
  return checkDirectory({ start, end: start + size, count }, at, who);
}

/** It stands right before the record that points to it, and each of its records has some bytes. */
function checkDirectory(directory: Directory, end: number, who: string): Directory {
  const { start, count } = directory;
  if (directory.end !== end || count * RECORD_BYTES > end - start) {
    throw new FormatError(`${who}: the archive does not have its directory where it says.`);
  }
  return directory;
}

/** Inexact above 2^53, which is beyond the end of any file. */
function readUint64(view: DataView, at: number): number {
  return view.getUint32(at, true) + view.getUint32(at + 4, true) * 0x1_0000_0000;
}

function readEntry(
  bytes: Uint8Array,
  view: DataView,
  at: number,
  nameBytes: number,
  extraBytes: number,
  who: string,
): Entry {
  const flags = view.getUint16(at + 8, true);
  const nameStart = at + RECORD_BYTES;
  const name = decodeName(bytes.subarray(nameStart, nameStart + nameBytes), flags, who);
  const numbers = [24, 20, 42].map((field) => view.getUint32(at + field, true));
  const [size, packedBytes, offset] = readLongNumbers(view, nameStart + nameBytes, extraBytes, numbers, name, who);
  return {
    name,
    flags,
    method: view.getUint16(at + 10, true),
    crc: view.getUint32(at + 16, true),
    packedBytes,
    size,
    offset,
  };
}

function decodeName(bytes: Uint8Array, flags: number, who: string): string {
  if ((flags & 0x800) === 0) {
    const character = (code: number) => (code < 128 ? String.fromCharCode(code) : CODE_PAGE_437[code - 128]);
    return Array.from(bytes, character).join("");
  }
  try {
    return textDecoder({ fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new FormatError(`${who}: a name in the archive is not valid UTF-8.`);
  }
}

/** Takes from the extra field the numbers that do not fit into 32 bits, which stand there in this order. */
function readLongNumbers(
  view: DataView,
  start: number,
  extraBytes: number,
  numbers: readonly number[],
  name: string,
  who: string,
): number[] {
  if (!numbers.includes(ELSEWHERE)) return [...numbers];
  const end = start + extraBytes;
  for (let at = start; at + 4 <= end; ) {
    const next = at + 4 + view.getUint16(at + 2, true);
    if (view.getUint16(at, true) === 1 && next <= end) {
      let from = at + 4;
      const taken = numbers.map((number) => {
        if (number !== ELSEWHERE) return number;
        from += 8;
        return from <= next ? readUint64(view, from - 8) : Number.NaN;
      });
      if (!taken.some(Number.isNaN)) return taken;
    }
    at = next;
  }
  throw new FormatError(`${who}: ${quoted(name)} is said to have sizes of 64 bits, which are missing.`);
}

/** Where the bytes of a file are, as far as directory and file agree. */
function locate(view: DataView, entry: Entry, directoryStart: number, who: string): { start: number; end: number } {
  const { name, flags, method, packedBytes, size, offset } = entry;
  const file = `${who}: ${quoted(name)}`;
  if (flags & 0x2041) throw new FormatError(`${file} is encrypted, which is not read.`);
  if (method !== 0 && method !== 8) {
    throw new FormatError(`${file} is compressed by method ${method}, read are 0 (stored) and 8 (deflated).`);
  }
  if (!(offset + LOCAL_BYTES <= directoryStart) || view.getUint32(offset, true) !== LOCAL) {
    throw new FormatError(`${file} is not where the directory of the archive says.`);
  }
  const start = offset + LOCAL_BYTES + view.getUint16(offset + 26, true) + view.getUint16(offset + 28, true);
  const end = start + packedBytes;
  if (!(end <= directoryStart)) throw new FormatError(`${file} reaches beyond the end of the archive's files.`);
  if (view.getUint16(offset + 8, true) !== method) {
    throw new FormatError(`${file} is compressed by another method than the directory of the archive says.`);
  }
  if (method === 0 ? size !== packedBytes : size > packedBytes * MAXIMUM_DEFLATE_RATIO) {
    throw new FormatError(`${file} promises ${size} bytes, which its ${packedBytes} bytes cannot hold.`);
  }
  return { start, end };
}
