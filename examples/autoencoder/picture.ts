import { encode } from "fast-png";
import type { Tensor } from "wasmgrad";

const SIDE = 28;

/** A grey PNG file of rows of images, each tensor `[images, 28, 28, 1]` of brightnesses from 0 to 1. */
export function contactSheet(rows: readonly Tensor[]): Uint8Array {
  const width = SIDE * rows[0].shape[0];
  const height = SIDE * rows.length;
  const pixels = new Uint8Array(width * height);
  for (const [row, { data }] of rows.entries()) {
    for (let i = 0; i < data.length; i++) {
      const [image, y, x] = [Math.floor(i / SIDE ** 2), Math.floor(i / SIDE) % SIDE, i % SIDE];
      pixels[(row * SIDE + y) * width + image * SIDE + x] = Math.round(255 * data[i]);
    }
  }
  return encode({ width, height, data: pixels, channels: 1, depth: 8 });
}
