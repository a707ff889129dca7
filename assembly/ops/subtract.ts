// The difference of two tensors.
//
//   y = a − b      da = dy      db = −dy
import { binaryBackward, binaryForward, BinaryRow } from "../loops/binary";

// @ts-ignore: decorator
@unmanaged
class Subtract {
  // @ts-ignore: decorator
  @inline
  forward(a: v128, b: v128): v128 {
    return f32x4.sub(a, b);
  }

  // @ts-ignore: decorator
  @inline
  backwardA(a: v128, b: v128, dy: v128): v128 {
    return dy;
  }

  // @ts-ignore: decorator
  @inline
  backwardB(a: v128, b: v128, dy: v128): v128 {
    return f32x4.neg(dy);
  }
}

export function subtractForward(row: usize, step: usize): void {
  binaryForward<Subtract>(row);
}

export function subtractBackward(row: usize, step: usize): void {
  const r = changetype<BinaryRow>(row);
  // Nothing is saved: the formula ignores what it reads there.
  binaryBackward<Subtract>(row, r.dy, r.dy);
}
