// From images to tiles and back: where tiles lie, and what is done for those that reach over the edge of an image.

import { ConvolutionRow } from "../convolution";
import { addFloats, copyFloats } from "../patches";
import { addImageOfProducts, pixelsOfProducts, transformImage, transformPixels } from "./transforms";

// @ts-ignore: decorator
@inline
function tilesAcross(r: ConvolutionRow): i32 {
  return (r.outWidth + 1) >> 1;
}

// @ts-ignore: decorator
@inline
export function tilesOfImage(r: ConvolutionRow): i32 {
  return ((r.outHeight + 1) >> 1) * tilesAcross(r);
}

/** First row of pixels of a tile. */
// @ts-ignore: decorator
@inline
function pixelY(r: ConvolutionRow, tile: i32): i32 {
  return ((tile % tilesOfImage(r)) / tilesAcross(r)) << 1;
}

/** First column of pixels of a tile. */
// @ts-ignore: decorator
@inline
function pixelX(r: ConvolutionRow, tile: i32): i32 {
  return (tile % tilesAcross(r)) << 1;
}

// @ts-ignore: decorator
@inline
function isInside(y: i32, x: i32, size: i32, height: i32, width: i32): bool {
  return y >= 0 && x >= 0 && y + size <= height && x + size <= width;
}

/** to = the `size` × `size` pixels from (y, x) on, `count` numbers of each; 0 outside the image. */
function copyTile(
  image: usize,
  y: i32,
  x: i32,
  size: i32,
  height: i32,
  width: i32,
  pixel: usize,
  count: i32,
  to: usize,
): void {
  const bytes = <usize>count << 2;
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      const at = image + <usize>((y + i) * width + x + j) * pixel;
      if (<u32>(y + i) < <u32>height && <u32>(x + j) < <u32>width) copyFloats(at, to, count);
      else memory.fill(to, 0, bytes);
      to += bytes;
    }
  }
}

/** What of a tile of `size` × `size` pixels lies inside the image, to where it belongs there. */
function putTile(
  tile: usize,
  y: i32,
  x: i32,
  size: i32,
  height: i32,
  width: i32,
  pixel: usize,
  count: i32,
  image: usize,
  add: bool,
): void {
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      const at = image + <usize>((y + i) * width + x + j) * pixel;
      if (<u32>(y + i) < <u32>height && <u32>(x + j) < <u32>width) {
        if (add) addFloats(tile, at, count);
        else copyFloats(tile, at, count);
      }
      tile += <usize>count << 2;
    }
  }
}

/** Some rows of V of `count` tiles from `first` on: channels `from` to `to`, `to − from` of them to a row of the planes. */
export function transformImages(
  r: ConvolutionRow,
  images: usize,
  first: i32,
  count: i32,
  from: i32,
  to: i32,
  rows: i32,
  scratch: usize,
  v: usize,
  plane: usize,
): void {
  const height = r.height;
  const width = r.width;
  const channels = to - from;
  const pixel = <usize>r.channels << 2;
  const bytes = <usize>channels << 2;
  for (let tile = first; tile < first + count; tile++) {
    const y = pixelY(r, tile) - r.padTop;
    const x = pixelX(r, tile) - r.padLeft;
    const image = images + <usize>((tile / tilesOfImage(r)) * height * width) * pixel + (<usize>from << 2);
    if (isInside(y, x, 4, height, width)) {
      transformImage(image + <usize>(y * width + x) * pixel, <usize>width * pixel, pixel, channels, rows, v, plane);
    } else {
      copyTile(image, y, x, 4, height, width, pixel, channels, scratch);
      transformImage(scratch, 4 * bytes, bytes, channels, rows, v, plane);
    }
    v += bytes;
  }
}

/**
 * Some rows of E of `count` tiles from `first` on: filters `from` to `to` of dy. Tiles are `row` bytes apart, panels `panel`
 * bytes.
 */
export function transformGradients(
  r: ConvolutionRow,
  pixels: usize,
  first: i32,
  count: i32,
  from: i32,
  to: i32,
  rows: i32,
  scratch: usize,
  e: usize,
  plane: usize,
  row: usize,
  panel: usize,
): void {
  const height = r.outHeight;
  const width = r.outWidth;
  const filters = to - from;
  const pixel = <usize>r.filters << 2;
  const bytes = <usize>filters << 2;
  for (let tile = first; tile < first + count; tile++) {
    const y = pixelY(r, tile);
    const x = pixelX(r, tile);
    const image = pixels + <usize>((tile / tilesOfImage(r)) * height * width) * pixel + (<usize>from << 2);
    if (isInside(y, x, 2, height, width)) {
      const at = image + <usize>(y * width + x) * pixel;
      transformPixels(at, <usize>width * pixel, pixel, filters, rows, e, plane, panel);
    } else {
      copyTile(image, y, x, 2, height, width, pixel, filters, scratch);
      transformPixels(scratch, 2 * bytes, bytes, filters, rows, e, plane, panel);
    }
    e += row;
  }
}

/** pixels (=|+=) bias + what comes of M for `count` tiles from `first` on, filters `from` to `to`. */
export function putPixels(
  r: ConvolutionRow,
  first: i32,
  count: i32,
  from: i32,
  to: i32,
  m: usize,
  plane: usize,
  bias: usize,
  scratch: usize,
  pixels: usize,
  add: bool,
): void {
  const height = r.outHeight;
  const width = r.outWidth;
  const filters = to - from;
  const pixel = <usize>r.filters << 2;
  const bytes = <usize>filters << 2;
  for (let tile = first; tile < first + count; tile++) {
    const y = pixelY(r, tile);
    const x = pixelX(r, tile);
    const image = pixels + <usize>((tile / tilesOfImage(r)) * height * width) * pixel + (<usize>from << 2);
    if (isInside(y, x, 2, height, width)) {
      const at = image + <usize>(y * width + x) * pixel;
      pixelsOfProducts(m, plane, filters, bias, at, <usize>width * pixel, pixel, add);
    } else {
      pixelsOfProducts(m, plane, filters, bias, scratch, 2 * bytes, bytes, false);
      putTile(scratch, y, x, 2, height, width, pixel, filters, image, add);
    }
    m += bytes;
  }
}

/** images += what comes of M for `count` tiles from `first` on, channels `from` to `to`. */
export function addImages(
  r: ConvolutionRow,
  first: i32,
  count: i32,
  from: i32,
  to: i32,
  m: usize,
  plane: usize,
  scratch: usize,
  images: usize,
): void {
  const height = r.height;
  const width = r.width;
  const channels = to - from;
  const pixel = <usize>r.channels << 2;
  const bytes = <usize>channels << 2;
  for (let tile = first; tile < first + count; tile++) {
    const y = pixelY(r, tile) - r.padTop;
    const x = pixelX(r, tile) - r.padLeft;
    const image = images + <usize>((tile / tilesOfImage(r)) * height * width) * pixel + (<usize>from << 2);
    if (isInside(y, x, 4, height, width)) {
      const at = image + <usize>(y * width + x) * pixel;
      addImageOfProducts(m, plane, channels, at, <usize>width * pixel, pixel);
    } else {
      memory.fill(scratch, 0, 16 * bytes);
      addImageOfProducts(m, plane, channels, scratch, 4 * bytes, bytes);
      putTile(scratch, y, x, 4, height, width, pixel, channels, image, true);
    }
    m += bytes;
  }
}
