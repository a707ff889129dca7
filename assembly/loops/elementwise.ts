// Loops for operations in which element i of the output depends on element i of the input only. A kernel names its
// formula as an @unmanaged class whose methods inline fully (a function value would stay a call). Tensors own their
// rounding-up to 16 elements, so there is no tail.
import { shareEnd, shareStart } from "../executor/threads";

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

/**
 * y = F.forward(x, a, b), where a and b are options in every lane.
 *
 * A turn covers four vectors because V8 makes every constant of a formula anew in every turn, which costs about as much
 * as the formula: exponentials take 0.4 of the time of one vector a turn.
 */
// @ts-ignore: decorator
@inline
export function optionForward<F>(x: usize, y: usize, count: i32, a: f64, b: f64): void {
  const a4 = f32x4.splat(<f32>a);
  const b4 = f32x4.splat(<f32>b);
  const end = <usize>shareEnd(count, ELEMENTWISE_GRAIN) << 2;
  for (let i = <usize>shareStart(count, ELEMENTWISE_GRAIN) << 2; i < end; i += 64) {
    const y0 = changetype<F>(0).forward(v128.load(x + i), a4, b4);
    const y1 = changetype<F>(0).forward(v128.load(x + i, 16), a4, b4);
    const y2 = changetype<F>(0).forward(v128.load(x + i, 32), a4, b4);
    const y3 = changetype<F>(0).forward(v128.load(x + i, 48), a4, b4);
    v128.store(y + i, y0);
    v128.store(y + i, y1, 16);
    v128.store(y + i, y2, 32);
    v128.store(y + i, y3, 48);
  }
}

/** dx (=|+=) F.backward(saved, dy, a, b). One loop for both would make V8 keep registers in memory. */
// @ts-ignore: decorator
@inline
export function optionBackward<F>(saved: usize, dy: usize, dx: usize, add: i32, count: i32, a: f64, b: f64): void {
  const a4 = f32x4.splat(<f32>a);
  const b4 = f32x4.splat(<f32>b);
  const end = <usize>shareEnd(count, ELEMENTWISE_GRAIN) << 2;
  const start = <usize>shareStart(count, ELEMENTWISE_GRAIN) << 2;
  if (add) {
    for (let i = start; i < end; i += 64) {
      const dx0 = changetype<F>(0).backward(v128.load(saved + i), v128.load(dy + i), a4, b4);
      const dx1 = changetype<F>(0).backward(v128.load(saved + i, 16), v128.load(dy + i, 16), a4, b4);
      const dx2 = changetype<F>(0).backward(v128.load(saved + i, 32), v128.load(dy + i, 32), a4, b4);
      const dx3 = changetype<F>(0).backward(v128.load(saved + i, 48), v128.load(dy + i, 48), a4, b4);
      v128.store(dx + i, f32x4.add(v128.load(dx + i), dx0));
      v128.store(dx + i, f32x4.add(v128.load(dx + i, 16), dx1), 16);
      v128.store(dx + i, f32x4.add(v128.load(dx + i, 32), dx2), 32);
      v128.store(dx + i, f32x4.add(v128.load(dx + i, 48), dx3), 48);
    }
  } else {
    for (let i = start; i < end; i += 64) {
      const dx0 = changetype<F>(0).backward(v128.load(saved + i), v128.load(dy + i), a4, b4);
      const dx1 = changetype<F>(0).backward(v128.load(saved + i, 16), v128.load(dy + i, 16), a4, b4);
      const dx2 = changetype<F>(0).backward(v128.load(saved + i, 32), v128.load(dy + i, 32), a4, b4);
      const dx3 = changetype<F>(0).backward(v128.load(saved + i, 48), v128.load(dy + i, 48), a4, b4);
      v128.store(dx + i, dx0);
      v128.store(dx + i, dx1, 16);
      v128.store(dx + i, dx2, 32);
      v128.store(dx + i, dx3, 48);
    }
  }
}
