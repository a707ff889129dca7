// The sum of absolute errors.
//
//   sums[0] += Σ |x − target|        sums[1] += rows·columns
import { isFirstThread } from "../executor/threads";
import { addErrors, ErrorSumRow } from "./errorSum";

// @ts-ignore: decorator
@unmanaged
class Absolute {
  // @ts-ignore: decorator
  @inline
  of(error: v128): v128 {
    return f64x2.abs(error);
  }
}

export function absoluteErrorsForward(row: usize, step: usize): void {
  if (isFirstThread()) addErrors<Absolute>(changetype<ErrorSumRow>(row));
}
