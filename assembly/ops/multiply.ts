// The product of two tensors, element by element.
//
//   y = a·b      da = b·dy      db = a·dy
import { binaryBackward, binaryForward, BinaryRow } from "../loops/binary";

// @ts-ignore: decorator
@unmanaged
class Multiply {
  // @ts-ignore: decorator
  @inline
  forward(a: v128, b: v128): v128 {
    return f32x4.mul(a, b);
  }

  // @ts-ignore: decorator
  @inline
  backwardA(a: v128, b: v128, dy: v128): v128 {
    return f32x4.mul(b, dy);
  }

  // @ts-ignore: decorator
  @inline
  backwardB(a: v128, b: v128, dy: v128): v128 {
    return f32x4.mul(a, dy);
  }
}

export function multiplyForward(row: usize, step: usize): void {
  binaryForward<Multiply>(row);
}

export function multiplyBackward(row: usize, step: usize): void {
  const r = changetype<BinaryRow>(row);
  binaryBackward<Multiply>(row, r.a, r.b);
}
