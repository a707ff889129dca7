// The samples of a batch from uint8 data: y[b, :] = scale·source[order[b], :] + offset.
import { gather } from "../loops/gather";

// @ts-ignore: decorator
@unmanaged
class Bytes {
  // @ts-ignore: decorator
  @inline
  load4(address: usize): v128 {
    return f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(address))));
  }
}

export function gatherBytesForward(row: usize, step: usize): void {
  gather<u8, Bytes>(row, step);
}
