// The sum of two tensors.
//
//   y = a + b      da = dy      db = dy
import { binaryBackward, binaryForward, BinaryRow } from "../loops/binary";

// @ts-ignore: decorator
@unmanaged
class Add {
  // @ts-ignore: decorator
  @inline
  forward(a: v128, b: v128): v128 {
    return f32x4.add(a, b);
  }

  // @ts-ignore: decorator
  @inline
  backwardA(a: v128, b: v128, dy: v128): v128 {
    return dy;
  }

  // @ts-ignore: decorator
  @inline
  backwardB(a: v128, b: v128, dy: v128): v128 {
    return dy;
  }
}

export function addForward(row: usize, step: usize): void {
  binaryForward<Add>(row);
}

export function addBackward(row: usize, step: usize): void {
  const r = changetype<BinaryRow>(row);
  // Nothing is saved: the formula ignores what it reads there.
  binaryBackward<Add>(row, r.dy, r.dy);
}
