// Where along an axis the smallest number stands: the first of equals, and the first NaN where there is one.
//
//   places[o, i] = arg min_l x[o, l, i]      x [outer, length, inner]   places, int32 [outer, inner]
import { placeExtremes } from "../loops/places";

// @ts-ignore: decorator
@unmanaged
class Minimum {
  // @ts-ignore: decorator
  @inline
  beats4(a: v128, b: v128): v128 {
    return f32x4.lt(a, b);
  }

  // @ts-ignore: decorator
  @inline
  beats(a: f32, b: f32): bool {
    return a < b;
  }
}

export function argMinAxisForward(row: usize, step: usize): void {
  placeExtremes<Minimum>(row);
}
