// The largest number of each window, and its gradient at the first that is as large, row by row. What y may be at least is
// an @unmanaged class with the methods `lowest()` and `passed(dy, y)`, the gradient that goes on from there.
import { loadSome, storeSome } from "../simd/lanes";
import { putPart } from "./pooling";

// @ts-ignore: decorator
@unmanaged
export class Forward<Floor> {
  // @ts-ignore: decorator
  @inline
  window(
    x: usize, dx: usize, y: usize, dy: usize, rows: i32, columns: i32, rowBytes: usize, pixelBytes: usize, part: i32,
    adds: bool,
  ): void {
    let largest = changetype<Floor>(0).lowest();
    let isNaN = f32x4.splat(0);
    for (let i = 0; i < rows; i++) {
      let at = x + <usize>i * rowBytes;
      for (let j = 0; j < columns; j++) {
        const v = loadSome(at, part);
        largest = f32x4.pmax(largest, v);
        isNaN = v128.or(isNaN, f32x4.ne(v, v));
        at += pixelBytes;
      }
    }
    storeSome(y, v128.or(largest, isNaN), part);
  }

  // @ts-ignore: decorator
  @inline
  window2x2(
    x: usize, dx: usize, y: usize, dy: usize, rowBytes: usize, pixelBytes: usize, adds: bool,
  ): void {
    const below = x + rowBytes;
    const v0 = v128.load(x);
    const v1 = v128.load(x + pixelBytes);
    const v2 = v128.load(below);
    const v3 = v128.load(below + pixelBytes);
    const above = f32x4.pmax(changetype<Floor>(0).lowest(), f32x4.pmax(v0, v1));
    const largest = f32x4.pmax(above, f32x4.pmax(v2, v3));
    const isNaN = v128.or(
      v128.or(f32x4.ne(v0, v0), f32x4.ne(v1, v1)),
      v128.or(f32x4.ne(v2, v2), f32x4.ne(v3, v3)),
    );
    v128.store(y, v128.or(largest, isNaN));
  }
}

// @ts-ignore: decorator
@unmanaged
export class Backward<Floor> {
  // @ts-ignore: decorator
  @inline
  window(
    x: usize, dx: usize, y: usize, dy: usize, rows: i32, columns: i32, rowBytes: usize, pixelBytes: usize, part: i32,
    adds: bool,
  ): void {
    const largest = loadSome(y, part);
    let gradient = changetype<Floor>(0).passed(loadSome(dy, part), largest);
    for (let i = 0; i < rows; i++) {
      let at = <usize>i * rowBytes;
      for (let j = 0; j < columns; j++) {
        const wins = f32x4.eq(loadSome(x + at, part), largest);
        putPart(dx + at, v128.and(gradient, wins), part, adds);
        gradient = v128.andnot(gradient, wins);
        at += pixelBytes;
      }
    }
  }

  // @ts-ignore: decorator
  @inline
  window2x2(
    x: usize, dx: usize, y: usize, dy: usize, rowBytes: usize, pixelBytes: usize, adds: bool,
  ): void {
    const below = x + rowBytes;
    const largest = v128.load(y);
    const gradient = changetype<Floor>(0).passed(v128.load(dy), largest);
    const wins0 = f32x4.eq(v128.load(x), largest);
    const wins1 = f32x4.eq(v128.load(x + pixelBytes), largest);
    const wins2 = f32x4.eq(v128.load(below), largest);
    const wins3 = f32x4.eq(v128.load(below + pixelBytes), largest);
    const after0 = v128.andnot(gradient, wins0);
    const after1 = v128.andnot(after0, wins1);
    const after2 = v128.andnot(after1, wins2);
    const dxBelow = dx + rowBytes;
    putPart(dx, v128.and(gradient, wins0), 0, adds);
    putPart(dx + pixelBytes, v128.and(after0, wins1), 0, adds);
    putPart(dxBelow, v128.and(after1, wins2), 0, adds);
    putPart(dxBelow + pixelBytes, v128.and(after2, wins3), 0, adds);
  }
}
