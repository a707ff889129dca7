import { ArgumentError, ShapeError } from "../errors";
import { boolean, integer, oneOf, show } from "../options";
import type { ImageDecoders } from "./decode";
import { type Background, type Channels, type Pixels, toChannels } from "./pixels";
import { type ImageInterpolation, imageInterpolations, type Part, resize } from "./resize";

/** What is done to every image that is read. */
export interface ImageOptions {
  /** Height and width to which images are brought. Default: they stay as they are. */
  size?: readonly [height: number, width: number] | undefined;
  /** 1 for grey, 3 for red, green and blue (default), 4 for these and alpha. */
  channels?: Channels | undefined;
  /**
   * How sizes are changed: "bilinear" (default) and "area" take the mean of what a smaller pixel covers, the first with weights that
   * fall to its sides; "nearest" takes one pixel.
   */
  interpolation?: ImageInterpolation | undefined;
  /** Whether the largest part in the middle that has the proportions of `size` is taken. Default false: images are stretched. */
  cropToAspectRatio?: boolean | undefined;
  /** Whether the whole image is put into the middle of `size`, with black around it. Default false. */
  padToAspectRatio?: boolean | undefined;
  /** What lies behind pixels that can be seen through, grey or red, green and blue. Default: such images need 4 channels. */
  background?: number | Background | undefined;
  /** The most pixels that an image may have before its size is changed. Default 100,000,000. */
  maximumPixels?: number | undefined;
  /** What decodes files. Default: in Node the packages fast-png and jpeg-js, which are to be installed; in browsers the browser. */
  decoders?: ImageDecoders | undefined;
}

export const IMAGE_OPTIONS = [
  "size",
  "channels",
  "interpolation",
  "cropToAspectRatio",
  "padToAspectRatio",
  "background",
  "maximumPixels",
  "decoders",
];

/** Checked options. */
export interface Preparation {
  readonly size: readonly [number, number] | undefined;
  readonly channels: Channels;
  readonly interpolation: ImageInterpolation;
  readonly isCropped: boolean;
  readonly isPadded: boolean;
  readonly background: Background | undefined;
  readonly maximumPixels: number;
  readonly decoders: ImageDecoders;
}

export function readImageOptions(options: ImageOptions, who: string): Preparation {
  const { size, channels = 3, background, decoders = {} } = options;
  if (size !== undefined && (!Array.isArray(size) || size.length !== 2)) {
    throw new ArgumentError(`${who}: size must be [height, width], got ${show(size)}.`);
  }
  if (![1, 3, 4].includes(channels)) {
    throw new ArgumentError(
      `${who}: channels must be 1 (grey), 3 (red, green, blue) or 4 (and alpha), got ${show(channels)}.`,
    );
  }
  if (decoders === null || typeof decoders !== "object") {
    throw new ArgumentError(`${who}: decoders must be { png, jpeg }, got ${show(decoders)}.`);
  }
  for (const [name, decode] of Object.entries(decoders)) {
    oneOf(who, "a name in decoders", name, ["png", "jpeg"]);
    if (decode !== undefined && typeof decode !== "function") {
      throw new ArgumentError(`${who}: decoders.${name} must be a function, got ${show(decode)}.`);
    }
  }
  const isCropped = boolean(who, "cropToAspectRatio", options.cropToAspectRatio ?? false);
  const isPadded = boolean(who, "padToAspectRatio", options.padToAspectRatio ?? false);
  if (isCropped && isPadded) throw new ArgumentError(`${who}: give cropToAspectRatio or padToAspectRatio, not both.`);
  if ((isCropped || isPadded) && !size) {
    throw new ArgumentError(`${who}: ${isCropped ? "crop" : "pad"}ToAspectRatio needs a size.`);
  }
  const side = (name: string, value: number) => integer(who, name, value, { min: 1, max: 2 ** 20 });
  return {
    size: size && [side("the height in size", size[0]), side("the width in size", size[1])],
    channels: channels as Channels,
    interpolation: oneOf(who, "interpolation", options.interpolation ?? "bilinear", imageInterpolations),
    isCropped,
    isPadded,
    background: readBackground(background, who),
    maximumPixels: integer(who, "maximumPixels", options.maximumPixels ?? 100_000_000),
    decoders,
  };
}

function readBackground(background: unknown, who: string): Background | undefined {
  if (background === undefined) return undefined;
  const colours = Array.isArray(background) ? background : [background, background, background];
  const isColour = (value: unknown) => Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 255;
  if (colours.length !== 3 || !colours.every(isColour)) {
    throw new ArgumentError(`${who}: background must be a number or three from 0 to 255, got ${show(background)}.`);
  }
  return colours as unknown as Background;
}

/** An image as a tensor has it: channels last. */
export interface PreparedImage {
  readonly shape: readonly [height: number, width: number, channels: number];
  readonly data: Uint8Array;
}

/** The image in the channels and the size asked for. */
export function prepare(pixels: Pixels, options: Preparation, who: string): PreparedImage {
  const { width, height } = pixels;
  if (width < 1 || height < 1 || pixels.data.length !== 4 * width * height) {
    throw new ShapeError(
      `${who}: ${height} × ${width} pixels of red, green, blue and alpha take ${4 * width * height} numbers, got ${pixels.data.length}.`,
    );
  }
  const { channels, size, interpolation, isCropped, isPadded } = options;
  const data = toChannels(pixels, channels, options.background, who);
  if (!size || (size[0] === height && size[1] === width)) return { shape: [height, width, channels], data };
  const shape = [...size, channels] as const;
  if (!isPadded) {
    const part = isCropped ? middle(height, width, size) : { top: 0, left: 0, height, width };
    return { shape, data: resize(data, width, channels, part, size, interpolation) };
  }
  // The part of the new size that has the proportions of the image.
  const inner = middle(size[0], size[1], [height, width]);
  const whole = { top: 0, left: 0, height, width };
  const small = resize(data, width, channels, whole, [inner.height, inner.width], interpolation);
  const result = new Uint8Array(size[0] * size[1] * channels);
  const rowLength = inner.width * channels;
  for (let y = 0; y < inner.height; y++) {
    const to = ((inner.top + y) * size[1] + inner.left) * channels;
    result.set(small.subarray(y * rowLength, (y + 1) * rowLength), to);
  }
  return { shape, data: result };
}

/** The largest part in the middle with the proportions asked for, in whole pixels, at least one. */
function middle(height: number, width: number, [tall, wide]: readonly [number, number]): Part {
  const partHeight = Math.max(1, Math.min(height, Math.floor((width * tall) / wide)));
  const partWidth = Math.max(1, Math.min(width, Math.floor((height * wide) / tall)));
  const top = Math.floor((height - partHeight) / 2);
  const left = Math.floor((width - partWidth) / 2);
  return { top, left, height: partHeight, width: partWidth };
}
