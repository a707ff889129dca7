// Larger images by repetition: every pixel becomes a block of sizeY × sizeX.
//
//   y[i, j] = x[i / sizeY, j / sizeX], rounded down      dx = Σ dy over the block
//
//   x [batch, height, width, channels]       y [batch, height·sizeY, width·sizeX, channels]
import { addFloats, copyFloats } from "../convolution/patches";
import { shareEnd, shareStart } from "../executor/threads";

// @ts-ignore: decorator
@unmanaged
class UpSampling2dRow {
  forward: u32;
  backward: u32;
  x: usize;
  dx: usize;
  addDx: i32;
  y: usize;
  dy: usize;
  batch: i32;
  height: i32;
  width: i32;
  channels: i32;
  sizeY: i32;
  sizeX: i32;
}

export function upSampling2dForward(row: usize, step: usize): void {
  const r = changetype<UpSampling2dRow>(row);
  const pixelBytes = <usize>r.channels << 2;
  const outBytes = <usize>(r.width * r.sizeX) * pixelBytes;
  const rows = r.batch * r.height;
  const channels = r.channels;
  for (let i = shareStart(rows, 1); i < shareEnd(rows, 1); i++) {
    const first = r.y + <usize>(i * r.sizeY) * outBytes;
    let x = r.x + <usize>(i * r.width) * pixelBytes;
    let y = first;
    for (let j = 0; j < r.width; j++) {
      for (let k = 0; k < r.sizeX; k++) {
        copyFloats(x, y, channels);
        y += pixelBytes;
      }
      x += pixelBytes;
    }
    for (let k = 1; k < r.sizeY; k++) memory.copy(first + <usize>k * outBytes, first, outBytes);
  }
}

export function upSampling2dBackward(row: usize, step: usize): void {
  const r = changetype<UpSampling2dRow>(row);
  const pixelBytes = <usize>r.channels << 2;
  const rowBytes = <usize>r.width * pixelBytes;
  const rows = r.batch * r.height;
  const channels = r.channels;
  for (let i = shareStart(rows, 1); i < shareEnd(rows, 1); i++) {
    const first = r.dx + <usize>i * rowBytes;
    if (!r.addDx) memory.fill(first, 0, rowBytes);
    let dy = r.dy + <usize>(i * r.sizeY * r.width * r.sizeX) * pixelBytes;
    for (let k = 0; k < r.sizeY; k++) {
      for (let dx = first; dx < first + rowBytes; dx += pixelBytes) {
        for (let l = 0; l < r.sizeX; l++) {
          addFloats(dy, dx, channels);
          dy += pixelBytes;
        }
      }
    }
  }
}
