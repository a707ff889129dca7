// The largest number of each window.
//
//   y = max over the window of x        dx = dy at the first largest number of the window, row by row
import { Backward, Forward } from "../loops/maxPooling";
import { poolBackward, poolForward, PoolingRow } from "../loops/pooling";

// @ts-ignore: decorator
@unmanaged
class NoFloor {
  // @ts-ignore: decorator
  @inline
  lowest(): v128 {
    return f32x4.splat(-Infinity);
  }

  // @ts-ignore: decorator
  @inline
  passed(dy: v128, y: v128): v128 {
    return dy;
  }
}

export function maxPooling2dForward(row: usize, step: usize): void {
  poolForward<Forward<NoFloor>>(changetype<PoolingRow>(row));
}

export function maxPooling2dBackward(row: usize, step: usize): void {
  poolBackward<Backward<NoFloor>>(changetype<PoolingRow>(row));
}
