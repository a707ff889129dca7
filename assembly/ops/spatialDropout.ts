// Dropout of whole channels: what is dropped of a sample is dropped at all of its positions.
//
//   y = kept ? x/(1 − rate) : 0      dx = kept ? dy/(1 − rate) : 0      x, y [samples, positions, channels]
//
// Channel j of sample i is kept when the random number of (seed, stream, step, i·channels + j) is at least `rate`.
import { Step } from "../executor/program";
import { shareEnd, shareStart } from "../executor/threads";
import { loadSome, storeSome } from "../simd/lanes";
import { deriveKey, randomBits4 } from "../simd/random";

// @ts-ignore: decorator
@unmanaged
class SpatialDropoutRow {
  forward: u32;
  backward: u32;
  x: usize;
  dx: usize;
  addDx: i32;
  y: usize;
  dy: usize;
  samples: i32;
  positions: i32;
  channels: i32;
  seed: i32;
  stream: i32;
  rate: f64;
}

/** target (=|+=) kept ? source/(1 − rate) : 0 */
function applyMask(r: SpatialDropoutRow, index: i32, source: usize, target: usize, add: bool): void {
  const key = deriveKey(r.seed, r.stream, index);
  const scale = f32x4.splat(<f32>(1 / (1 - r.rate)));
  // In units of 2⁻²⁴ the comparison is one of integers, and exact.
  const threshold = i32x4.splat(<i32>Math.ceil(r.rate * 16777216));
  const channels = r.channels;
  const positions = r.positions;
  const end = shareEnd(r.samples * positions, 1);
  for (let i = shareStart(r.samples * positions, 1); i < end; i++) {
    const first = (i / positions) * channels;
    for (let j = 0; j < channels; j += 4) {
      const part = j + 4 <= channels ? 0 : channels - j;
      const at = <usize>(i * channels + j) << 2;
      const keeps = i32x4.ge_s(i32x4.shr_u(randomBits4(key, first + j), 8), threshold);
      const kept = v128.and(f32x4.mul(loadSome(source + at, part), scale), keeps);
      storeSome(target + at, add ? f32x4.add(loadSome(target + at, part), kept) : kept, part);
    }
  }
}

export function spatialDropoutForward(row: usize, step: usize): void {
  const r = changetype<SpatialDropoutRow>(row);
  applyMask(r, changetype<Step>(step).index, r.x, r.y, false);
}

export function spatialDropoutBackward(row: usize, step: usize): void {
  const r = changetype<SpatialDropoutRow>(row);
  applyMask(r, changetype<Step>(step).index, r.dy, r.dx, r.addDx != 0);
}
