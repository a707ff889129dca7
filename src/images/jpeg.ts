import { FormatError } from "../errors";
import { orientationOf } from "./exif";
import type { Pixels } from "./pixels";
import type { ImageHeader } from "./png";

/** What a decoder of JPEG is asked for, in the words of jpeg-js. */
export interface JpegDecoderOptions {
  /** A Uint8Array instead of a Buffer. */
  readonly useTArray: true;
  /** Four numbers a pixel. */
  readonly formatAsRGBA: true;
  /** Damaged files are errors. */
  readonly tolerantDecoding: false;
  /** Whether colours are brightness and two differences; absent: as the file says. */
  readonly colorTransform?: boolean;
  /** The most megapixels. */
  readonly maxResolutionInMP: number;
  /** The most megabytes. */
  readonly maxMemoryUsageInMB: number;
}

/** What a decoder of JPEG gives. */
export interface DecodedJpeg {
  /** Pixels of a row. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
  /** Red, green, blue and 255 of each pixel, row by row. */
  readonly data: Uint8Array;
}

/** A decoder of JPEG, such as that of jpeg-js. */
export type JpegDecoder = (bytes: Uint8Array, options: JpegDecoderOptions) => DecodedJpeg;

/** A file whose parts are whole. */
export interface CheckedJpeg extends ImageHeader {
  /** Whether three components are red, green and blue as they are. */
  readonly isRgb: boolean;
}

/** Kinds of frames that are not read, by the last digit of their marker. */
const OTHER_FRAMES: Readonly<Record<number, string>> = {
  3: "lossless",
  5: "hierarchical",
  6: "hierarchical",
  7: "hierarchical",
  9: "arithmetically coded",
  10: "arithmetically coded",
  11: "arithmetically coded",
  13: "arithmetically coded",
  14: "arithmetically coded",
  15: "arithmetically coded",
};

export const isJpeg = (bytes: Uint8Array): boolean => bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;

/**
 * Walks through the segments of a JPEG file (ITU-T T.81) up to its end.
 *
 * @throws FormatError when it is cut off, or of a kind that is not read: 12 bits, lossless, arithmetic, hierarchical
 */
export function checkJpeg(bytes: Uint8Array, who: string): CheckedJpeg {
  const cutOff = () => new FormatError(`${who}: the JPEG is cut off after ${bytes.length} bytes.`);
  let frame: { width: number; height: number; ids: number[] } | undefined;
  let transform: number | undefined;
  let isJfif = false;
  let orientation = 1;
  let at = 2;
  while (true) {
    while (bytes[at] === 0xff && bytes[at + 1] === 0xff) at++;
    if (at + 2 > bytes.length) throw cutOff();
    const marker = bytes[at + 1];
    if (bytes[at] !== 0xff) throw new FormatError(`${who}: the JPEG is damaged at byte ${at}.`);
    if (marker === 0xd9) break;
    if (at + 4 > bytes.length) throw cutOff();
    const end = at + 2 + bytes[at + 2] * 256 + bytes[at + 3];
    if (end > bytes.length) throw cutOff();
    const content = bytes.subarray(at + 4, Math.max(at + 4, end));
    const begins = (text: string) => [...text].every((letter, i) => content[i] === letter.charCodeAt(0));
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      if (frame) throw new FormatError(`${who}: the JPEG has several frames, which are not read.`);
      frame = readFrame(marker, content, who);
    } else if (marker === 0xe0 && begins("JFIF\0")) isJfif = true;
    else if (marker === 0xe1 && begins("Exif\0\0")) orientation = orientationOf(content.slice(6));
    else if (marker === 0xee && begins("Adobe") && content.length >= 12) transform = content[11];
    at = marker === 0xda ? scanEnd(bytes, end) : end;
  }
  if (!frame) throw new FormatError(`${who}: the JPEG has no image.`);
  const { width, height, ids } = frame;
  if (ids.length === 4 && transform === undefined) {
    throw new FormatError(`${who}: the JPEG has four colours and does not say which. Save it in RGB.`);
  }
  // As the library of the Independent JPEG Group decides it.
  const isNamedRgb = transform === undefined && !isJfif && String(ids) === "82,71,66";
  const isRgb = ids.length === 3 && (transform === 0 || isNamedRgb);
  return { width, height, orientation, isRgb };
}

function readFrame(marker: number, content: Uint8Array, who: string) {
  const other = OTHER_FRAMES[marker & 15];
  if (other) throw new FormatError(`${who}: the JPEG is ${other}, which is not read. Save it as a baseline JPEG.`);
  const [precision, heightHigh, heightLow, widthHigh, widthLow, count] = content;
  if (content.length < 6 || content.length !== 6 + 3 * count) throw new FormatError(`${who}: the JPEG is damaged.`);
  if (precision !== 8) throw new FormatError(`${who}: the JPEG has ${precision} bits a sample, read are 8.`);
  const [height, width] = [heightHigh * 256 + heightLow, widthHigh * 256 + widthLow];
  if (height === 0 || width === 0 || ![1, 3, 4].includes(count)) {
    throw new FormatError(`${who}: the JPEG has ${height} × ${width} pixels of ${count} colours, which is not read.`);
  }
  return { width, height, ids: Array.from({ length: count }, (_, i) => content[6 + 3 * i]) };
}

/** Where coded pixels end: at a marker that is none of theirs. */
function scanEnd(bytes: Uint8Array, start: number): number {
  let at = start;
  while (at < bytes.length) {
    const next = bytes[at + 1];
    if (bytes[at] === 0xff && next !== 0 && next !== 0xff && !(next >= 0xd0 && next <= 0xd7)) return at;
    at++;
  }
  return at;
}

/**
 * The pixels of a checked file. CMYK and YCCK become RGB without a profile, as red = (255 - cyan) (255 - black) / 255.
 *
 * @throws FormatError when the decoder finds a fault
 */
export function decodeJpeg(
  bytes: Uint8Array,
  { width, height, isRgb }: CheckedJpeg,
  decode: JpegDecoder,
  who: string,
): Pixels {
  let decoded: ReturnType<JpegDecoder>;
  try {
    decoded = decode(bytes, {
      useTArray: true,
      formatAsRGBA: true,
      tolerantDecoding: false,
      ...(isRgb ? { colorTransform: false } : {}),
      // Who calls has a limit of its own.
      maxResolutionInMP: Number.POSITIVE_INFINITY,
      maxMemoryUsageInMB: Number.POSITIVE_INFINITY,
    });
  } catch (cause) {
    throw new FormatError(`${who}: the JPEG cannot be decoded: ${(cause as Error)?.message ?? cause}`, { cause });
  }
  if (decoded.width !== width || decoded.height !== height || decoded.data.length !== 4 * width * height) {
    throw new FormatError(`${who}: the decoder does not give the ${height} × ${width} pixels of the JPEG.`);
  }
  return { width, height, data: decoded.data };
}
