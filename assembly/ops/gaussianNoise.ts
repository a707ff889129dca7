// Adds a normal random number to every element.
//
//   y_i = x_i + stddev·z_i      z_i = √2·erf⁻¹(t)      dx = dy
//
// t = (2k + 1 − 2²⁴)/2²⁴, k the upper 24 of the random bits of (seed, stream, step, i).
import { ELEMENTWISE_GRAIN } from "../loops/elementwise";
import { Step } from "../executor/program";
import { noise4 } from "../simd/normal";
import { deriveKey } from "../simd/random";
import { shareEnd, shareStart } from "../executor/threads";

// @ts-ignore: decorator
@unmanaged
class GaussianNoiseRow {
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
  stddev: f64;
}

export function gaussianNoiseForward(row: usize, step: usize): void {
  const r = changetype<GaussianNoiseRow>(row);
  const key = deriveKey(r.seed, r.stream, changetype<Step>(step).index);
  const stddev = f32x4.splat(<f32>r.stddev);
  const x = r.x;
  const y = r.y;
  const end = shareEnd(r.count, ELEMENTWISE_GRAIN);
  for (let i = shareStart(r.count, ELEMENTWISE_GRAIN); i < end; i += 16) {
    const from = x + (<usize>i << 2);
    const to = y + (<usize>i << 2);
    const y0 = f32x4.add(v128.load(from), noise4(key, i, stddev));
    const y1 = f32x4.add(v128.load(from, 16), noise4(key, i + 4, stddev));
    const y2 = f32x4.add(v128.load(from, 32), noise4(key, i + 8, stddev));
    const y3 = f32x4.add(v128.load(from, 48), noise4(key, i + 12, stddev));
    v128.store(to, y0);
    v128.store(to, y1, 16);
    v128.store(to, y2, 32);
    v128.store(to, y3, 48);
  }
}

export function gaussianNoiseBackward(row: usize, step: usize): void {
  const r = changetype<GaussianNoiseRow>(row);
  const dx = r.dx;
  const dy = r.dy;
  const add = r.addDx;
  const end = <usize>shareEnd(r.count, ELEMENTWISE_GRAIN) << 2;
  for (let i = <usize>shareStart(r.count, ELEMENTWISE_GRAIN) << 2; i < end; i += 16) {
    const gradient = v128.load(dy + i);
    v128.store(dx + i, add ? f32x4.add(v128.load(dx + i), gradient) : gradient);
  }
}
