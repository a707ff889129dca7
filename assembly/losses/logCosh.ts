// Logarithm of the hyperbolic cosine of the error.
//
//   e = x − target      y = mean |e| + log(1 + e^(−2|e|)) − log 2      dx = dy · tanh(e) / columns
import { exp4, logOnePlus4, tanh4 } from "../simd/vector";
import { meanBackward, meanForward } from "./pairwise";

const LN2: f32 = 0.6931471805599453;

// @ts-ignore: decorator
@unmanaged
class LogCosh {
  // @ts-ignore: decorator
  @inline
  term(x: v128, target: v128, _option: v128): v128 {
    const error = f32x4.abs(f32x4.sub(x, target));
    const correction = logOnePlus4(exp4(f32x4.mul(error, f32x4.splat(-2))));
    return f32x4.sub(f32x4.add(error, correction), f32x4.splat(LN2));
  }

  // @ts-ignore: decorator
  @inline
  slope(x: v128, target: v128, _option: v128): v128 {
    return tanh4(f32x4.sub(x, target));
  }
}

export function logCoshForward(row: usize, step: usize): void {
  meanForward<LogCosh>(row, f32x4.splat(0));
}

export function logCoshBackward(row: usize, step: usize): void {
  meanBackward<LogCosh>(row, f32x4.splat(0));
}
