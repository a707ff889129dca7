// Where along an axis the largest number stands: the first of equals, and the first NaN where there is one.
//
//   places[o, i] = arg max_l x[o, l, i]      x [outer, length, inner]   places, int32 [outer, inner]
import { placeExtremes } from "../loops/places";

// @ts-ignore: decorator
@unmanaged
class Maximum {
  // @ts-ignore: decorator
  @inline
  beats4(a: v128, b: v128): v128 {
    return f32x4.gt(a, b);
  }

  // @ts-ignore: decorator
  @inline
  beats(a: f32, b: f32): bool {
    return a > b;
  }
}

export function argMaxAxisForward(row: usize, step: usize): void {
  placeExtremes<Maximum>(row);
}
