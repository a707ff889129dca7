import { DataError, LimitError, StateError } from "../errors";
import { isA } from "../platform/realm";
import type { Pixels } from "./pixels";

/** Sizes of what can be drawn. */
interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * What is read of a canvas, an OffscreenCanvas, an ImageBitmap, an image, a video or a VideoFrame, of which programs for Node have
 * no types.
 */
export interface Drawable {
  /** The size of a canvas or bitmap. */
  readonly width?: number;
  /** The size of a canvas or bitmap. */
  readonly height?: number;
  /** The size of an image by itself. */
  readonly naturalWidth?: number;
  /** The size of an image by itself. */
  readonly naturalHeight?: number;
  /** The size of a video. */
  readonly videoWidth?: number;
  /** The size of a video. */
  readonly videoHeight?: number;
  /** The size of a frame. */
  readonly displayWidth?: number;
  /** The size of a frame. */
  readonly displayHeight?: number;
  /** How far a video is loaded. */
  readonly readyState?: number;
  /** Waits for an image to be loaded. */
  decode?(): Promise<void>;
}

interface Context {
  drawImage(source: unknown, x: number, y: number, width: number, height: number): void;
  getImageData(x: number, y: number, width: number, height: number, options: object): { data: Uint8ClampedArray };
}

interface Canvas {
  getContext(kind: "2d", options: object): Context | null;
}

const DRAWABLES = [
  "HTMLCanvasElement",
  "OffscreenCanvas",
  "ImageBitmap",
  "HTMLImageElement",
  "HTMLVideoElement",
  "VideoFrame",
];

/** Whether a value is an image in memory: `ImageData`, or something with its fields. */
export function isImageData(value: unknown): value is Pixels {
  const { data, width, height } = (value ?? {}) as Pixels;
  const isBytes = isA("Uint8ClampedArray", data) || isA("Uint8Array", data);
  return isBytes && Number.isSafeInteger(width) && Number.isSafeInteger(height);
}

export const isDrawable = (value: unknown): boolean => DRAWABLES.some((name) => isA(name, value));

/**
 * The pixels of an element or frame of a browser, as large as it is by itself, whatever its size on the page.
 *
 * @throws DataError when there is no frame or image yet, or the page may not read it
 */
export async function readElement(source: unknown, maximumPixels: number, who: string): Promise<Pixels> {
  const element = source as Drawable;
  if (isA("HTMLVideoElement", source) && (element.readyState ?? 0) < 2) {
    throw new DataError(`${who}: the video has no frame yet. Await its event "loadeddata".`);
  }
  if (isA("HTMLImageElement", source)) {
    await element.decode?.().catch((cause) => {
      throw new DataError(`${who}: the image cannot be loaded or decoded.`, { cause });
    });
  }
  const width = element.videoWidth ?? element.naturalWidth ?? element.displayWidth ?? element.width ?? 0;
  const height = element.videoHeight ?? element.naturalHeight ?? element.displayHeight ?? element.height ?? 0;
  return readDrawable(source, { width, height }, maximumPixels, who);
}

/** Draws something, and reads what it looks like. */
export function readDrawable(source: unknown, { width, height }: Size, maximumPixels: number, who: string): Pixels {
  if (!(width > 0 && height > 0))
    throw new DataError(`${who}: has ${height} × ${width} pixels: it is empty or closed.`);
  if (width * height > maximumPixels) {
    throw new LimitError(`${who}: has ${height} × ${width} pixels. Raise maximumPixels (now ${maximumPixels}).`);
  }
  const context = makeCanvas(width, height)?.getContext("2d", { willReadFrequently: true, colorSpace: "srgb" });
  if (!context) throw new StateError(`${who}: there is no canvas here to read pixels by.`);
  try {
    context.drawImage(source, 0, 0, width, height);
    return { width, height, data: context.getImageData(0, 0, width, height, { colorSpace: "srgb" }).data };
  } catch (cause) {
    const isForeign = (cause as Error)?.name === "SecurityError";
    const reason = isForeign ? "it comes from another site, which has to allow that (CORS)" : String(cause);
    throw new DataError(`${who}: the page may not read the pixels: ${reason}.`, { cause });
  }
}

function makeCanvas(width: number, height: number): Canvas | undefined {
  const { OffscreenCanvas, document } = globalThis as unknown as {
    OffscreenCanvas?: new (width: number, height: number) => Canvas;
    document?: { createElement(name: "canvas"): Canvas & { width: number; height: number } };
  };
  if (OffscreenCanvas) return new OffscreenCanvas(width, height);
  const canvas = document?.createElement("canvas");
  return canvas && Object.assign(canvas, { width, height });
}
