// The mean of each window.
//
//   y = Σ x / n        dx = dy / n at every number of the window        n: numbers of the window that lie in the image
import { loadPart, poolBackward, poolForward, PoolingRow, putPart, storePart } from "../loops/pooling";

// @ts-ignore: decorator
@unmanaged
class Forward {
  // @ts-ignore: decorator
  @inline
  window(
    x: usize, dx: usize, y: usize, dy: usize, rows: i32, columns: i32, rowBytes: usize, pixelBytes: usize, part: i32,
    adds: bool,
  ): void {
    let sum = f32x4.splat(0);
    for (let i = 0; i < rows; i++) {
      let at = x + <usize>i * rowBytes;
      for (let j = 0; j < columns; j++) {
        sum = f32x4.add(sum, loadPart(at, part));
        at += pixelBytes;
      }
    }
    storePart(y, f32x4.div(sum, f32x4.splat(<f32>(rows * columns))), part);
  }

  // @ts-ignore: decorator
  @inline
  window2x2(
    x: usize, dx: usize, y: usize, dy: usize, rowBytes: usize, pixelBytes: usize, adds: bool,
  ): void {
    const below = x + rowBytes;
    let sum = f32x4.add(v128.load(x), v128.load(x + pixelBytes));
    sum = f32x4.add(f32x4.add(sum, v128.load(below)), v128.load(below + pixelBytes));
    v128.store(y, f32x4.mul(sum, f32x4.splat(0.25)));
  }
}

// @ts-ignore: decorator
@unmanaged
class Backward {
  // @ts-ignore: decorator
  @inline
  window(
    x: usize, dx: usize, y: usize, dy: usize, rows: i32, columns: i32, rowBytes: usize, pixelBytes: usize, part: i32,
    adds: bool,
  ): void {
    const gradient = f32x4.div(loadPart(dy, part), f32x4.splat(<f32>(rows * columns)));
    for (let i = 0; i < rows; i++) {
      let at = dx + <usize>i * rowBytes;
      for (let j = 0; j < columns; j++) {
        putPart(at, gradient, part, adds);
        at += pixelBytes;
      }
    }
  }

  // @ts-ignore: decorator
  @inline
  window2x2(
    x: usize, dx: usize, y: usize, dy: usize, rowBytes: usize, pixelBytes: usize, adds: bool,
  ): void {
    const below = dx + rowBytes;
    const gradient = f32x4.mul(v128.load(dy), f32x4.splat(0.25));
    putPart(dx, gradient, 0, adds);
    putPart(dx + pixelBytes, gradient, 0, adds);
    putPart(below, gradient, 0, adds);
    putPart(below + pixelBytes, gradient, 0, adds);
  }
}

export function averagePooling2dForward(row: usize, step: usize): void {
  poolForward<Forward>(changetype<PoolingRow>(row));
}

export function averagePooling2dBackward(row: usize, step: usize): void {
  poolBackward<Backward>(changetype<PoolingRow>(row));
}
