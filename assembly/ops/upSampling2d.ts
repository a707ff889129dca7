// Larger images by repetition: every pixel becomes a block of sizeY × sizeX.
//
//   y[i, j] = x[i / sizeY, j / sizeX], rounded down      dx = Σ dy over the block
//
//   x [batch, height, width, channels]       y [batch, height·sizeY, width·sizeX, channels]
import { copyFloats } from "../convolution/patches";
import { FEW_NUMBERS, FLOAT32_BLOCK } from "../loops/reduce";
import { addHigh, addLow, highHalf, joinHalves, loadSome, storeSome } from "../simd/lanes";
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

/** Σ dy over a block of sizeY × sizeX pixels, four channels or `part`, from `start` on. */
// @ts-ignore: decorator
@inline
function sumOfFew(dy: usize, sizeY: i32, sizeX: i32, rowBytes: usize, pixelBytes: usize, start: v128, part: i32): v128 {
  let sum = start;
  for (let k = 0; k < sizeY; k++) {
    let at = dy + <usize>k * rowBytes;
    for (let l = 0; l < sizeX; l++) {
      sum = f32x4.add(sum, loadSome(at, part));
      at += pixelBytes;
    }
  }
  return sum;
}

/** The same of sixteen channels, to `dx`. */
function sumSixteenOfFew(dy: usize, sizeY: i32, sizeX: i32, rowBytes: usize, pixelBytes: usize, dx: usize, add: i32): void {
  let sum0 = f32x4.splat(0);
  let sum1 = sum0;
  let sum2 = sum0;
  let sum3 = sum0;
  if (add) {
    sum0 = v128.load(dx);
    sum1 = v128.load(dx, 16);
    sum2 = v128.load(dx, 32);
    sum3 = v128.load(dx, 48);
  }
  const acrossBytes = <usize>sizeX * pixelBytes;
  for (let k = 0; k < sizeY; k++) {
    for (let at = dy; at < dy + acrossBytes; at += pixelBytes) {
      sum0 = f32x4.add(sum0, v128.load(at));
      sum1 = f32x4.add(sum1, v128.load(at, 16));
      sum2 = f32x4.add(sum2, v128.load(at, 32));
      sum3 = f32x4.add(sum3, v128.load(at, 48));
    }
    dy += rowBytes;
  }
  v128.store(dx, sum0);
  v128.store(dx, sum1, 16);
  v128.store(dx, sum2, 32);
  v128.store(dx, sum3, 48);
}

/** The same for many pixels: 32 at a time in float32, their sums in float64. */
function sumOfMany(dy: usize, sizeY: i32, sizeX: i32, rowBytes: usize, pixelBytes: usize, start: v128, part: i32): v128 {
  let low = f64x2.promote_low_f32x4(start);
  let high = f64x2.promote_low_f32x4(highHalf(start));
  const zero = f32x4.splat(0);
  for (let k = 0; k < sizeY; k++) {
    for (let l = 0; l < sizeX; l += FLOAT32_BLOCK) {
      const at = dy + <usize>k * rowBytes + <usize>l * pixelBytes;
      const sum = sumOfFew(at, 1, min(sizeX - l, FLOAT32_BLOCK), rowBytes, pixelBytes, zero, part);
      low = addLow(low, sum);
      high = addHigh(high, sum);
    }
  }
  return joinHalves(low, high);
}

export function upSampling2dBackward(row: usize, step: usize): void {
  const r = changetype<UpSampling2dRow>(row);
  const sizeY = r.sizeY;
  const sizeX = r.sizeX;
  const pixelBytes = <usize>r.channels << 2;
  const outBytes = <usize>(r.width * sizeX) * pixelBytes;
  const rows = r.batch * r.height;
  const isSmall = sizeY * sizeX <= FEW_NUMBERS;
  for (let i = shareStart(rows, 1); i < shareEnd(rows, 1); i++) {
    let dy = r.dy + <usize>(i * sizeY) * outBytes;
    let dx = r.dx + <usize>(i * r.width) * pixelBytes;
    for (let j = 0; j < r.width; j++) {
      let c = 0;
      if (isSmall) {
        for (; c + 16 <= r.channels; c += 16) {
          const at = <usize>c << 2;
          sumSixteenOfFew(dy + at, sizeY, sizeX, outBytes, pixelBytes, dx + at, r.addDx);
        }
      }
      for (; c < r.channels; c += 4) {
        const part = min(r.channels - c, 4) & 3;
        const at = <usize>c << 2;
        const start = r.addDx ? loadSome(dx + at, part) : f32x4.splat(0);
        const sum = isSmall
          ? sumOfFew(dy + at, sizeY, sizeX, outBytes, pixelBytes, start, part)
          : sumOfMany(dy + at, sizeY, sizeX, outBytes, pixelBytes, start, part);
        storeSome(dx + at, sum, part);
      }
      dx += pixelBytes;
      dy += <usize>sizeX * pixelBytes;
    }
  }
}
