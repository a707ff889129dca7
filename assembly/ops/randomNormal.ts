// Normal random numbers: y_i = mean + stddev·z_i, z_i of (seed, stream, step, i).
import { fillRandom } from "../loops/random";
import { noise4 } from "../simd/normal";

// @ts-ignore: decorator
@unmanaged
class RandomNormalRow {
  forward: u32;
  backward: u32;
  y: usize;
  dy: usize;
  count: i32;
  seed: i32;
  stream: i32;
  mean: f64;
  stddev: f64;
}

// @ts-ignore: decorator
@unmanaged
class Normal {
  // @ts-ignore: decorator
  @inline
  make(key: u32, i: u32, mean: v128, stddev: v128): v128 {
    return f32x4.add(mean, noise4(key, i, stddev));
  }
}

export function randomNormalForward(row: usize, step: usize): void {
  const r = changetype<RandomNormalRow>(row);
  fillRandom<Normal>(r.y, r.count, r.seed, r.stream, step, f32x4.splat(<f32>r.mean), f32x4.splat(<f32>r.stddev));
}
