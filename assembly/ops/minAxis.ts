// The smallest number along an axis; NaN when there is one.
//
//   y[o, i] = min_l x[o, l, i]      dx[o, l, i] = x[o, l, i] = y[o, i] ? dy[o, i]/n : 0
//   x [outer, length, inner]   y [outer, inner]
//
// n numbers along the axis are as smallest as y and share its gradient.
import { extremeBackward, extremeForward } from "../loops/extreme";

// @ts-ignore: decorator
@unmanaged
class Minimum {
  // @ts-ignore: decorator
  @inline
  choose(a: v128, b: v128): v128 {
    return f32x4.pmin(a, b);
  }
}

export function minAxisForward(row: usize, step: usize): void {
  extremeForward<Minimum>(row);
}

export function minAxisBackward(row: usize, step: usize): void {
  extremeBackward(row);
}
