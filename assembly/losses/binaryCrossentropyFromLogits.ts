// Binary cross-entropy of logits, t the smoothed target.
//
//   y = mean w·|x| + log(1 + e^−|x|), w = 1 − t for x > 0, else t      dx = dy · (sigmoid(x) − t) / columns
import { compactExp4, compactLogOnePlus4, compactSigmoid4 } from "../simd/outOfLine";
import { select4 } from "../simd/vector";
import { SmoothedLossRow } from "./lossRow";
import { meanBackward, meanForward } from "./pairwise";
import { smoothBinary } from "./smoothing";

// @ts-ignore: decorator
@unmanaged
class BinaryCrossentropyFromLogits {
  // @ts-ignore: decorator
  @inline
  term(x: v128, target: v128, smoothing: v128): v128 {
    const wrong = select4(f32x4.gt(x, f32x4.splat(0)), f32x4.sub(f32x4.splat(1), target), target);
    const magnitude = f32x4.abs(x);
    // Both summands are positive, so nothing cancels.
    return f32x4.add(f32x4.mul(smoothBinary(wrong, smoothing), magnitude), compactLogOnePlus4(compactExp4(f32x4.neg(magnitude))));
  }

  // @ts-ignore: decorator
  @inline
  slope(x: v128, target: v128, smoothing: v128): v128 {
    return f32x4.sub(compactSigmoid4(x), smoothBinary(target, smoothing));
  }
}

export function binaryCrossentropyFromLogitsForward(row: usize, step: usize): void {
  meanForward<BinaryCrossentropyFromLogits>(row, f32x4.splat(<f32>changetype<SmoothedLossRow>(row).labelSmoothing));
}

export function binaryCrossentropyFromLogitsBackward(row: usize, step: usize): void {
  meanBackward<BinaryCrossentropyFromLogits>(row, f32x4.splat(<f32>changetype<SmoothedLossRow>(row).labelSmoothing));
}
