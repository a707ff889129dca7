// The largest number along an axis; NaN when there is one.
//
//   y[o, i] = max_l x[o, l, i]      dx[o, l, i] = x[o, l, i] = y[o, i] ? dy[o, i]/n : 0
//   x [outer, length, inner]   y [outer, inner]
//
// n numbers along the axis are as largest as y and share its gradient.
import { extremeBackward, extremeForward } from "../loops/extreme";

// @ts-ignore: decorator
@unmanaged
class Maximum {
  // @ts-ignore: decorator
  @inline
  choose(a: v128, b: v128): v128 {
    return f32x4.pmax(a, b);
  }
}

export function maxAxisForward(row: usize, step: usize): void {
  extremeForward<Maximum>(row);
}

export function maxAxisBackward(row: usize, step: usize): void {
  extremeBackward(row);
}
