// The largest number of each window of a rectified image, without that image.
//
//   y = max(0, max over the window of x)        dx = dy at the first largest number of the window, row by row, where y > 0
import { Backward, Forward } from "../loops/maxPooling";
import { poolBackward, poolForward, PoolingRow } from "../loops/pooling";

// @ts-ignore: decorator
@unmanaged
class Zero {
  // @ts-ignore: decorator
  @inline
  lowest(): v128 {
    return f32x4.splat(0);
  }

  // @ts-ignore: decorator
  @inline
  passed(dy: v128, y: v128): v128 {
    return v128.and(dy, f32x4.gt(y, f32x4.splat(0)));
  }
}

export function reluMaxPooling2dForward(row: usize, step: usize): void {
  poolForward<Forward<Zero>>(changetype<PoolingRow>(row));
}

export function reluMaxPooling2dBackward(row: usize, step: usize): void {
  poolBackward<Backward<Zero>>(changetype<PoolingRow>(row));
}
