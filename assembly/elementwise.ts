// Loops for operations in which element i of the output depends on element i of the input only. A kernel names its
// formula as an @unmanaged class whose methods inline fully (a function value would stay a call). Tensors own their
// rounding-up to 16 elements, so there is no tail.
import { shareEnd, shareStart } from "./threads";

/** Elements a loop turn covers: one share never splits them. */
export const ELEMENTWISE_GRAIN: i32 = 16;

/** Rows of operations without options: one input, one output, a count. */
// @ts-ignore: decorator
@unmanaged
export class UnaryRow {
  forward: u32;
  backward: u32;
  x: usize;
  dx: usize;
  addDx: i32;
  y: usize;
  dy: usize;
  count: i32;
}

/** A formula without options as one with two. */
// @ts-ignore: decorator
@unmanaged
class Plain<F> {
  // @ts-ignore: decorator
  @inline
  forward(x: v128, a: v128, b: v128): v128 {
    return changetype<F>(0).forward(x);
  }

  // @ts-ignore: decorator
  @inline
  backward(saved: v128, dy: v128, a: v128, b: v128): v128 {
    return changetype<F>(0).backward(saved, dy);
  }
}

/** y = F.forward(x) */
// @ts-ignore: decorator
@inline
export function unaryForward<F>(x: usize, y: usize, count: i32): void {
  optionForward<Plain<F>>(x, y, count, 0, 0);
}

/** dx (=|+=) F.backward(saved, dy), where `saved` is the tensor the formula reads: x or y. */
// @ts-ignore: decorator
@inline
export function unaryBackward<F>(saved: usize, dy: usize, dx: usize, add: i32, count: i32): void {
  optionBackward<Plain<F>>(saved, dy, dx, add, count, 0, 0);
}

/** y = F.forward(x, a, b), where a and b are options in every lane. */
// @ts-ignore: decorator
@inline
export function optionForward<F>(x: usize, y: usize, count: i32, a: f64, b: f64): void {
  const a4 = f32x4.splat(<f32>a);
  const b4 = f32x4.splat(<f32>b);
  const end = <usize>shareEnd(count, ELEMENTWISE_GRAIN) << 2;
  for (let i = <usize>shareStart(count, ELEMENTWISE_GRAIN) << 2; i < end; i += 16) {
    v128.store(y + i, changetype<F>(0).forward(v128.load(x + i), a4, b4));
  }
}

/** dx (=|+=) F.backward(saved, dy, a, b). */
// @ts-ignore: decorator
@inline
export function optionBackward<F>(saved: usize, dy: usize, dx: usize, add: i32, count: i32, a: f64, b: f64): void {
  const a4 = f32x4.splat(<f32>a);
  const b4 = f32x4.splat(<f32>b);
  const end = <usize>shareEnd(count, ELEMENTWISE_GRAIN) << 2;
  const start = <usize>shareStart(count, ELEMENTWISE_GRAIN) << 2;
  if (add) {
    for (let i = start; i < end; i += 16) {
      const gradient = changetype<F>(0).backward(v128.load(saved + i), v128.load(dy + i), a4, b4);
      v128.store(dx + i, f32x4.add(v128.load(dx + i), gradient));
    }
  } else {
    for (let i = start; i < end; i += 16) {
      v128.store(dx + i, changetype<F>(0).backward(v128.load(saved + i), v128.load(dy + i), a4, b4));
    }
  }
}
