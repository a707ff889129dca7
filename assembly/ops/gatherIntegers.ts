// The samples of a batch from int32 data: y[b, :] = scale·source[order[b], :] + offset.
import { gather } from "../loops/gather";

// @ts-ignore: decorator
@unmanaged
class Integers {
  // @ts-ignore: decorator
  @inline
  load4(address: usize): v128 {
    return f32x4.convert_i32x4_s(v128.load(address));
  }
}

export function gatherIntegersForward(row: usize, step: usize): void {
  gather<i32, Integers>(row, step);
}
