// Sets a random share of the elements to 0 and scales the others so that the mean stays.
//
//   y = kept ? x/(1 − rate) : 0      dx = kept ? dy/(1 − rate) : 0
//
// Element i is kept when the random number of (seed, stream, step, i), a multiple of 2⁻²⁴, is at least `rate`.
import { ELEMENTWISE_GRAIN } from "../loops/elementwise";
import { Step } from "../executor/program";
import { deriveKey, randomBits4 } from "../simd/random";
import { shareEnd, shareStart } from "../executor/threads";

// @ts-ignore: decorator
@unmanaged
class DropoutRow {
  forward: u32;
  backward: u32;
  x: usize;
  dx: usize;
  addDx: i32;
  y: usize;
  dy: usize;
  count: i32;
  seed: i32;
  stream: i32;
  rate: f64;
}

/** Bits that keep the elements i … i + 3: all ones or all zeros in each lane. */
// @ts-ignore: decorator
@inline
function mask4(key: u32, i: u32, threshold: v128): v128 {
  return i32x4.ge_s(i32x4.shr_u(randomBits4(key, i), 8), threshold);
}

/** target (=|+=) kept ? source/(1 − rate) : 0, four vectors a turn like all elementwise operations. */
// @ts-ignore: decorator
@inline
function applyMask(r: DropoutRow, index: i32, source: usize, target: usize, add: bool): void {
  const key = deriveKey(r.seed, r.stream, index);
  const scale = f32x4.splat(<f32>(1 / (1 - r.rate)));
  // In units of 2⁻²⁴ the comparison is one of integers, and exact.
  const threshold = i32x4.splat(<i32>Math.ceil(r.rate * 16777216));
  const end = shareEnd(r.count, ELEMENTWISE_GRAIN);
  for (let i = shareStart(r.count, ELEMENTWISE_GRAIN); i < end; i += 16) {
    const from = source + (<usize>i << 2);
    const to = target + (<usize>i << 2);
    let result0 = v128.and(f32x4.mul(v128.load(from), scale), mask4(key, i, threshold));
    let result1 = v128.and(f32x4.mul(v128.load(from, 16), scale), mask4(key, i + 4, threshold));
    let result2 = v128.and(f32x4.mul(v128.load(from, 32), scale), mask4(key, i + 8, threshold));
    let result3 = v128.and(f32x4.mul(v128.load(from, 48), scale), mask4(key, i + 12, threshold));
    if (add) {
      result0 = f32x4.add(v128.load(to), result0);
      result1 = f32x4.add(v128.load(to, 16), result1);
      result2 = f32x4.add(v128.load(to, 32), result2);
      result3 = f32x4.add(v128.load(to, 48), result3);
    }
    v128.store(to, result0);
    v128.store(to, result1, 16);
    v128.store(to, result2, 32);
    v128.store(to, result3, 48);
  }
}

export function dropoutForward(row: usize, step: usize): void {
  const r = changetype<DropoutRow>(row);
  applyMask(r, changetype<Step>(step).index, r.x, r.y, false);
}

export function dropoutBackward(row: usize, step: usize): void {
  const r = changetype<DropoutRow>(row);
  applyMask(r, changetype<Step>(step).index, r.dy, r.dx, r.addDx != 0);
}
