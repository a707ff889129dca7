// The largest number of each window.
//
//   y = max over the window of x        dx = dy at the first largest number of the window, row by row
import { loadPart, poolBackward, poolForward, PoolingRow, storePart } from "../pooling";

// @ts-ignore: decorator
@unmanaged
class Forward {
  // @ts-ignore: decorator
  @inline
  window(
    x: usize, dx: usize, y: usize, dy: usize, rows: i32, columns: i32, rowBytes: usize, pixelBytes: usize, part: i32,
  ): void {
    let largest = f32x4.splat(-Infinity);
    let isNaN = f32x4.splat(0);
    for (let i = 0; i < rows; i++) {
      let at = x + <usize>i * rowBytes;
      for (let j = 0; j < columns; j++) {
        const v = loadPart(at, part);
        largest = f32x4.pmax(largest, v);
        isNaN = v128.or(isNaN, f32x4.ne(v, v));
        at += pixelBytes;
      }
    }
    storePart(y, v128.or(largest, isNaN), part);
  }
}

// @ts-ignore: decorator
@unmanaged
class Backward {
  // @ts-ignore: decorator
  @inline
  window(
    x: usize, dx: usize, y: usize, dy: usize, rows: i32, columns: i32, rowBytes: usize, pixelBytes: usize, part: i32,
  ): void {
    const largest = loadPart(y, part);
    let gradient = loadPart(dy, part);
    for (let i = 0; i < rows; i++) {
      let at = <usize>i * rowBytes;
      for (let j = 0; j < columns; j++) {
        const wins = f32x4.eq(loadPart(x + at, part), largest);
        storePart(dx + at, f32x4.add(loadPart(dx + at, part), v128.and(gradient, wins)), part);
        gradient = v128.andnot(gradient, wins);
        at += pixelBytes;
      }
    }
  }
}

export function maxPooling2dForward(row: usize, step: usize): void {
  poolForward<Forward>(changetype<PoolingRow>(row));
}

export function maxPooling2dBackward(row: usize, step: usize): void {
  poolBackward<Backward>(changetype<PoolingRow>(row));
}
