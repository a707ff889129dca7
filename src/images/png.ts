import { FormatError } from "../errors";
import { crc32 } from "../formats/zip/crc32";
import { inflateRaw } from "../io/deflate";
import { orientationOf } from "./exif";
import type { Pixels } from "./pixels";

/** What a decoder of PNG gives, as that of fast-png does. */
export interface DecodedPng {
  /** Pixels of a row. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
  /** Samples row by row; of 1, 2 and 4 bits several in a byte, each row from a new one. */
  readonly data: ArrayLike<number>;
  /** Bits of a sample. */
  readonly depth: number;
  /** Samples of a pixel. */
  readonly channels: number;
  /** The colours that samples stand for, where the file has such. */
  readonly palette?: readonly (readonly number[])[] | undefined;
  /** The colour that cannot be seen. */
  readonly transparency?: ArrayLike<number> | undefined;
}

/** What is looked at before an image is decoded. */
export interface ImageHeader {
  readonly width: number;
  readonly height: number;
  /** As Exif counts: see `upright`. */
  readonly orientation: number;
}

/** A file whose parts are whole. */
export interface CheckedPng extends ImageHeader {
  /** The same image without texts, profiles and other parts that pixels do not need. */
  readonly essence: Uint8Array;
  readonly depth: number;
  readonly isInterlaced: boolean;
  /** The deflated samples. */
  readonly samples: Uint8Array;
  readonly sampleBytes: number;
}

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const CHANNELS: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
/** First pixel and step along both axes of the seven passes of Adam7. */
const PASSES = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
];

export const isPng = (bytes: Uint8Array): boolean => SIGNATURE.every((byte, i) => bytes[i] === byte);

/**
 * Walks through the parts of a PNG file (ISO/IEC 15948) and checks them by their checksums.
 *
 * @throws FormatError when it is cut off or damaged, or animated: of several images none is the one
 */
export function checkPng(bytes: Uint8Array, who: string): CheckedPng {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const kept: Uint8Array[] = [bytes.subarray(0, 8)];
  const samples: Uint8Array[] = [];
  let header: DataView | undefined;
  let orientation = 1;
  for (let at = 8; ; ) {
    const length = at + 12 <= bytes.length ? view.getUint32(at) : Number.POSITIVE_INFINITY;
    const end = at + 12 + length;
    if (end > bytes.length) throw new FormatError(`${who}: the PNG is cut off after ${bytes.length} bytes.`);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (crc32(bytes.subarray(at + 4, end - 4)) !== view.getUint32(end - 4)) {
      throw new FormatError(`${who}: the PNG is damaged: its part at byte ${at} has another checksum.`);
    }
    const content = bytes.subarray(at + 8, end - 4);
    if (!header && (type !== "IHDR" || length !== 13)) throw new FormatError(`${who}: the PNG has no header.`);
    header ??= new DataView(content.buffer, content.byteOffset, 13);
    if (type === "acTL") throw new FormatError(`${who}: the PNG is animated. Save one of its images.`);
    if (type === "IDAT") samples.push(content);
    else if (type === "eXIf") orientation = orientationOf(content);
    const isCritical = (bytes[at + 4] & 0x20) === 0;
    if (isCritical && !["IHDR", "PLTE", "IDAT", "IEND"].includes(type)) {
      throw new FormatError(`${who}: the PNG has a part ${JSON.stringify(type)}, without which it cannot be read.`);
    }
    if (isCritical || type === "tRNS") kept.push(bytes.subarray(at, end));
    if (type === "IEND") return { ...readSizes(header, who), orientation, essence: join(kept), samples: join(samples) };
    at = end;
  }
}

function readSizes(header: DataView, who: string) {
  const [width, height] = [header.getUint32(0), header.getUint32(4)];
  const [depth, colours, compression, filter, interlace] = [8, 9, 10, 11, 12].map((at) => header.getUint8(at));
  const channels = CHANNELS[colours];
  const isDepth = [1, 2, 4, 8, 16].includes(depth) && (depth === 8 || (depth < 8 ? channels === 1 : colours !== 3));
  if (width === 0 || height === 0 || !channels || !isDepth || compression !== 0 || filter !== 0 || interlace > 1) {
    throw new FormatError(`${who}: the header of the PNG says what the format does not have.`);
  }
  if (interlace === 1 && depth < 8) {
    throw new FormatError(
      `${who}: the PNG is interlaced with ${depth} bits a pixel, which is not read. Save it without.`,
    );
  }
  const rows = (columns: number, lines: number) =>
    columns === 0 ? 0 : lines * (1 + Math.ceil((columns * channels * depth) / 8));
  const passes = PASSES.map(([x, y, dx, dy]) => rows(Math.ceil((width - x) / dx), Math.ceil((height - y) / dy)));
  const sampleBytes = interlace === 1 ? passes.reduce((sum, bytes) => sum + bytes, 0) : rows(width, height);
  return { width, height, depth, isInterlaced: interlace === 1, sampleBytes };
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const result = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}

/**
 * The pixels of a checked file. Samples of 16 bits are rounded to 8, of fewer stretched to 0 to 255.
 *
 * @throws FormatError when the samples are too few, too many or damaged, or the decoder finds a fault
 */
export async function decodePng(
  { essence, samples, sampleBytes, width, height }: CheckedPng,
  decode: (bytes: Uint8Array) => DecodedPng,
  who: string,
): Promise<Pixels> {
  // Decoders take what is missing for zeros. Before the deflated samples stand two bytes, behind them their checksum.
  await inflateRaw(samples.subarray(2, -4), sampleBytes, who);
  let decoded: DecodedPng;
  try {
    decoded = decode(essence);
  } catch (cause) {
    throw new FormatError(`${who}: the PNG cannot be decoded: ${(cause as Error)?.message ?? cause}`, { cause });
  }
  if (decoded.width !== width || decoded.height !== height) {
    throw new FormatError(
      `${who}: the decoder gives ${decoded.height} × ${decoded.width} pixels of ${height} × ${width}.`,
    );
  }
  return { width, height, data: toRgba(decoded, who) };
}

function toRgba({ width, height, data, depth, channels, palette, transparency }: DecodedPng, who: string): Uint8Array {
  const result = new Uint8Array(4 * width * height);
  const largest = 2 ** depth - 1;
  const rowBytes = Math.ceil((width * depth) / 8);
  const sample =
    depth >= 8
      ? (i: number) => data[i]
      : (i: number) => {
          const bit = (i % width) * depth;
          return (data[Math.floor(i / width) * rowBytes + (bit >> 3)] >> (8 - depth - (bit & 7))) & largest;
        };
  const toByte = (value: number) => Math.round((value * 255) / largest);
  const isColour = channels > 2;
  for (let i = 0; i < width * height; i++) {
    if (palette) {
      const colour = palette[sample(i)];
      if (!colour) throw new FormatError(`${who}: pixel ${i} of the PNG has a colour that its palette does not have.`);
      result.set([colour[0], colour[1], colour[2], colour[3] ?? 255], 4 * i);
      continue;
    }
    const first = i * channels;
    let isClear = transparency !== undefined && transparency.length > 0;
    for (let channel = 0; channel < 3; channel++) {
      const value = sample(isColour ? first + channel : first);
      result[4 * i + channel] = toByte(value);
      if (isClear && value !== transparency![isColour ? channel : 0]) isClear = false;
    }
    const alpha = channels % 2 === 0 ? toByte(sample(first + channels - 1)) : 255;
    result[4 * i + 3] = isClear ? 0 : alpha;
  }
  return result;
}
