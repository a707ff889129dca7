// Uniform random numbers: y_i = low + (high − low)·u_i, u_i of (seed, stream, step, i).
import { fillRandom } from "../loops/random";
import { uniform4 } from "../simd/random";

// @ts-ignore: decorator
@unmanaged
class RandomUniformRow {
  forward: u32;
  backward: u32;
  y: usize;
  dy: usize;
  count: i32;
  seed: i32;
  stream: i32;
  low: f64;
  high: f64;
}

// @ts-ignore: decorator
@unmanaged
class Uniform {
  // @ts-ignore: decorator
  @inline
  make(key: u32, i: u32, low: v128, width: v128): v128 {
    return f32x4.add(low, f32x4.mul(width, uniform4(key, i)));
  }
}

export function randomUniformForward(row: usize, step: usize): void {
  const r = changetype<RandomUniformRow>(row);
  fillRandom<Uniform>(r.y, r.count, r.seed, r.stream, step, f32x4.splat(<f32>r.low), f32x4.splat(<f32>(r.high - r.low)));
}
