// The larger of two numbers, element by element.
//
//   y = max(a, b)      da = a ≥ b ? dy : 0      db = a ≥ b ? 0 : dy
import { binaryBackward, binaryForward, BinaryRow } from "../loops/binary";
import { keepNaN } from "../simd/lanes";

// @ts-ignore: decorator
@unmanaged
class Maximum {
  // @ts-ignore: decorator
  @inline
  forward(a: v128, b: v128): v128 {
    return keepNaN(f32x4.pmax(a, b), b);
  }

  // @ts-ignore: decorator
  @inline
  backwardA(a: v128, b: v128, dy: v128): v128 {
    return v128.and(dy, f32x4.ge(a, b));
  }

  // @ts-ignore: decorator
  @inline
  backwardB(a: v128, b: v128, dy: v128): v128 {
    return v128.andnot(dy, f32x4.ge(a, b));
  }
}

export function maximumForward(row: usize, step: usize): void {
  binaryForward<Maximum>(row);
}

export function maximumBackward(row: usize, step: usize): void {
  const r = changetype<BinaryRow>(row);
  binaryBackward<Maximum>(row, r.a, r.b);
}
