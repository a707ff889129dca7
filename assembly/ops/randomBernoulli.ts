// 1 with the probability `rate`, else 0: y_i = u_i < rate, u_i of (seed, stream, step, i), a multiple of 2⁻²⁴.
import { fillRandom } from "../loops/random";
import { randomBits4 } from "../simd/random";

// @ts-ignore: decorator
@unmanaged
class RandomBernoulliRow {
  forward: u32;
  backward: u32;
  y: usize;
  dy: usize;
  count: i32;
  seed: i32;
  stream: i32;
  rate: f64;
}

// @ts-ignore: decorator
@unmanaged
class Bernoulli {
  // @ts-ignore: decorator
  @inline
  make(key: u32, i: u32, one: v128, threshold: v128): v128 {
    return v128.and(one, i32x4.lt_s(i32x4.shr_u(randomBits4(key, i), 8), threshold));
  }
}

export function randomBernoulliForward(row: usize, step: usize): void {
  const r = changetype<RandomBernoulliRow>(row);
  fillRandom<Bernoulli>(r.y, r.count, r.seed, r.stream, step, f32x4.splat(1), i32x4.splat(<i32>Math.ceil(r.rate * 16777216)));
}
