// The sum of squared errors.
//
//   sums[0] += Σ (x − target)²        sums[1] += rows·columns
import { isFirstThread } from "../executor/threads";
import { addErrors, ErrorSumRow } from "./errorSum";

// @ts-ignore: decorator
@unmanaged
class Square {
  // @ts-ignore: decorator
  @inline
  of(error: v128): v128 {
    return f64x2.mul(error, error);
  }
}

export function squaredErrorsForward(row: usize, step: usize): void {
  if (isFirstThread()) addErrors<Square>(changetype<ErrorSumRow>(row));
}
