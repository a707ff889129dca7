import { DataError } from "../errors";

/** An image in memory: red, green, blue and alpha of each pixel, row by row, 0 to 255. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array | Uint8ClampedArray;
}

/** How many numbers stand for a pixel: grey; red, green and blue; these and alpha. */
export type Channels = 1 | 3 | 4;

/** Red, green and blue of what lies behind what can be seen through. */
export type Background = readonly [red: number, green: number, blue: number];

/**
 * An image upright, as its Exif orientation (JEITA CP-3451, tag 274) says: 2 and 4 are mirrored, 3 is upside down, 5 to 8 lie on a
 * side.
 */
export function upright(pixels: Pixels, orientation: number): Pixels {
  if (orientation < 2 || orientation > 8) return pixels;
  const { width, height } = pixels;
  const isTurned = orientation > 4;
  const isFromRight = [2, 3, 7, 8].includes(orientation);
  const isFromBelow = [3, 4, 6, 7].includes(orientation);
  const [newWidth, newHeight] = isTurned ? [height, width] : [width, height];
  const source = new Uint32Array(pixels.data.slice().buffer);
  const result = new Uint32Array(source.length);
  for (let y = 0; y < newHeight; y++) {
    for (let x = 0; x < newWidth; x++) {
      const [across, down] = isTurned ? [y, x] : [x, y];
      const column = isFromRight ? width - 1 - across : across;
      const row = isFromBelow ? height - 1 - down : down;
      result[y * newWidth + x] = source[row * width + column];
    }
  }
  return { width: newWidth, height: newHeight, data: new Uint8Array(result.buffer) };
}

/**
 * The channels asked for, row by row. Grey is 0.299 red + 0.587 green + 0.114 blue (ITU-R BT.601), rounded.
 *
 * @throws DataError when pixels can be seen through, alpha was not asked for, and nothing lies behind
 */
export function toChannels(
  { data }: Pixels,
  channels: Channels,
  background: Background | undefined,
  who: string,
): Uint8Array {
  if (channels === 4) return new Uint8Array(data);
  const count = data.length / 4;
  const result = new Uint8Array(count * channels);
  for (let i = 0; i < count; i++) {
    const alpha = data[4 * i + 3];
    if (alpha < 255 && !background) {
      throw new DataError(
        `${who}: can be seen through. Ask for channels: 4, or say what lies behind: background: [255, 255, 255].`,
      );
    }
    const seen = (channel: number) => {
      const value = data[4 * i + channel];
      return alpha === 255 ? value : Math.round((value * alpha + background![channel] * (255 - alpha)) / 255);
    };
    if (channels === 1) result[i] = Math.floor((299 * seen(0) + 587 * seen(1) + 114 * seen(2) + 500) / 1000);
    else for (let channel = 0; channel < 3; channel++) result[3 * i + channel] = seen(channel);
  }
  return result;
}
