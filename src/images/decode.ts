import { FormatError, LimitError, StateError } from "../errors";
import { isNode } from "../platform/nodeModule";
import { checkJpeg, decodeJpeg, isJpeg, type JpegDecoder } from "./jpeg";
import { type Pixels, upright } from "./pixels";
import { checkPng, type DecodedPng, decodePng, type ImageHeader, isPng } from "./png";

/** Functions that decode images: `{ png: decode }` of fast-png, `{ jpeg: decode }` of jpeg-js, or others that do as they do. */
export interface ImageDecoders {
  /** Decodes PNG. Default: in Node the package fast-png, in browsers the browser. */
  readonly png?: ((bytes: Uint8Array) => DecodedPng) | undefined;
  /** Decodes JPEG. Default: in Node the package jpeg-js, in browsers the browser. */
  readonly jpeg?: JpegDecoder | undefined;
}

/** What other files are, by how they begin. */
const OTHERS: readonly (readonly [pattern: RegExp, what: string])[] = [
  [/^GIF8/, "a GIF"],
  [/^RIFF.{4}WEBP/s, "a WebP"],
  [/^BM/, "a BMP"],
  [/^(II\*\0|MM\0\*)/, "a TIFF"],
  [/^.{4}ftyp(avif|avis)/s, "an AVIF"],
  [/^.{4}ftyp(hei|mif1|msf1)/s, "a HEIC"],
  [/^\s*<(\?xml|svg)/i, "an SVG"],
  [/^\s*<(!doctype|html)/i, "an HTML page"],
  [/^version https:\/\/git-lfs/, "a pointer of Git LFS, not the file itself. Run: git lfs pull"],
];

/**
 * The pixels of a PNG or JPEG file, upright; in browsers also of other files that they know.
 *
 * @param maximumPixels larger images are refused before they are decoded
 * @throws FormatError when the file is damaged, cut off or of another kind; LimitError; StateError where no decoder is
 */
export async function decodeImage(
  bytes: Uint8Array,
  decoders: ImageDecoders,
  maximumPixels: number,
  who: string,
): Promise<Pixels> {
  const checkPixels = ({ width, height }: ImageHeader) => {
    if (width * height <= maximumPixels) return;
    throw new LimitError(`${who}: has ${height} × ${width} pixels. Raise maximumPixels (now ${maximumPixels}).`);
  };
  if (isPng(bytes)) {
    const png = checkPng(bytes, who);
    checkPixels(png);
    if (!decoders.png && !isNode) return decodeByBrowser(bytes, maximumPixels, who);
    const decode =
      decoders.png ?? (await packageOf<{ decode: (bytes: Uint8Array) => DecodedPng }>("fast-png", "png", who)).decode;
    return upright(await decodePng(png, decode, who), png.orientation);
  }
  if (isJpeg(bytes)) {
    const jpeg = checkJpeg(bytes, who);
    checkPixels(jpeg);
    if (!decoders.jpeg && !isNode) return decodeByBrowser(bytes, maximumPixels, who);
    const decode = decoders.jpeg ?? (await packageOf<{ decode: JpegDecoder }>("jpeg-js", "jpeg", who)).decode;
    return upright(decodeJpeg(bytes, jpeg, decode, who), jpeg.orientation);
  }
  const text = String.fromCharCode(...bytes.subarray(0, 40));
  const other = OTHERS.find(([pattern]) => pattern.test(text));
  const isPage = other?.[1].startsWith("an HTML") || other?.[1].startsWith("a pointer");
  if (bytes.length > 0 && !isNode && !isPage) return decodeByBrowser(bytes, maximumPixels, who);
  const what = bytes.length === 0 ? "it is empty" : other ? `it is ${other[1]}` : "it begins as neither";
  throw new FormatError(`${who}: not a PNG or JPEG file: ${what}.`);
}

/** By what the browser knows, Exif orientation included. Colours under alpha may lose a bit, as they pass through a canvas. */
async function decodeByBrowser(bytes: Uint8Array, maximumPixels: number, who: string): Promise<Pixels> {
  if (typeof createImageBitmap !== "function") {
    throw new StateError(`${who}: nothing here decodes images. Give decoders: { png, jpeg }.`);
  }
  const { readDrawable } = await import("./canvas");
  let bitmap: ImageBitmap;
  try {
    const options = { premultiplyAlpha: "none", colorSpaceConversion: "none", imageOrientation: "from-image" } as const;
    bitmap = await createImageBitmap(new Blob([bytes as BlobPart]), options);
  } catch (cause) {
    throw new FormatError(`${who}: the browser cannot decode the image.`, { cause });
  }
  try {
    return readDrawable(bitmap, { width: bitmap.width, height: bitmap.height }, maximumPixels, who);
  } finally {
    bitmap.close();
  }
}

/**
 * A package that the user has installed beside this one. The name is a variable, so that bundlers for browsers leave the import
 * alone.
 */
async function packageOf<T>(name: string, option: string, who: string): Promise<T> {
  try {
    const found = await import(/* @vite-ignore */ /* webpackIgnore: true */ name);
    return found.decode ? found : found.default;
  } catch (cause) {
    throw new StateError(
      `${who}: needs the package ${name}. Run: npm install ${name}. Or give a decoder: decoders: { ${option}: decode }.`,
      { cause },
    );
  }
}
