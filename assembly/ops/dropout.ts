// Sets a random share of the elements to 0 and scales the others so that the mean stays.
//
//   y = kept ? x/(1 − rate) : 0      dx = kept ? dy/(1 − rate) : 0
//
// Element i is kept when the random number of (seed, stream, step, i), a multiple of 2⁻²⁴, is at least `rate`.
import { ELEMENTWISE_GRAIN } from "../elementwise";
import { Step } from "../program";
import { deriveKey, randomBits4 } from "../random";
import { shareEnd, shareStart } from "../threads";

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

/** target (=|+=) kept ? source/(1 − rate) : 0 */
// @ts-ignore: decorator
@inline
function applyMask(r: DropoutRow, index: i32, source: usize, target: usize, add: bool): void {
  const key = deriveKey(r.seed, r.stream, index);
  const scale = f32x4.splat(<f32>(1 / (1 - r.rate)));
  // In units of 2⁻²⁴ the comparison is one of integers, and exact.
  const threshold = i32x4.splat(<i32>Math.ceil(r.rate * 16777216));
  const end = shareEnd(r.count, ELEMENTWISE_GRAIN);
  for (let i = shareStart(r.count, ELEMENTWISE_GRAIN); i < end; i += 4) {
    const offset = <usize>i << 2;
    const kept = i32x4.ge_s(i32x4.shr_u(randomBits4(key, i), 8), threshold);
    const result = v128.and(f32x4.mul(v128.load(source + offset), scale), kept);
    v128.store(target + offset, add ? f32x4.add(v128.load(target + offset), result) : result);
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
