// What the operations that normalise every channel of a [rows, channels] matrix have in common. First each thread takes
// some channels and leaves three numbers for each in memory that all can read; then, once all have done so, each takes some
// rows, which are contiguous.
import { highHalf, joinHalves, loadLanes, loadSome, storeLanes } from "../simd/lanes";
import { wholeBytes } from "./rows";
import { shareEnd, shareStart, synchronize } from "../executor/threads";

/** Channels that a thread takes at once. */
export const CHANNEL_GRAIN: i32 = 4;

/** Bytes between the vectors of numbers a channel; src/ops/batchNormalization.ts says how much memory they are. */
// @ts-ignore: decorator
@inline
export function channelStride(channels: i32): usize {
  return <usize>((channels + 15) & ~15) << 2;
}

/** gamma/√(variance + epsilon), or without gamma 1/√…, of one to four channels; in float64 as far as the root. */
// @ts-ignore: decorator
@inline
export function channelScale(variance: v128, epsilon: f64, gamma: usize, part: i32): v128 {
  const low = f64x2.sqrt(f64x2.add(f64x2.promote_low_f32x4(variance), f64x2.splat(epsilon)));
  const high = f64x2.sqrt(f64x2.add(f64x2.promote_low_f32x4(highHalf(variance)), f64x2.splat(epsilon)));
  const one = f64x2.splat(1);
  const scale = joinHalves(f64x2.div(one, low), f64x2.div(one, high));
  return gamma ? f32x4.mul(scale, loadSome(gamma, part)) : scale;
}

/** y = (x − mean)·scale + shift, when all threads have left `scale` and `shift`. */
export function normalizeRows(x: usize, y: usize, mean: usize, scale: usize, shift: usize, rows: i32, channels: i32): void {
  if (!synchronize()) return;
  const whole = wholeBytes(channels);
  const part = channels & 3;
  const stride = <usize>channels << 2;
  const end = <usize>shareEnd(rows, 1) * stride;
  for (let i = <usize>shareStart(rows, 1) * stride; i < end; i += stride) {
    const from = x + i;
    const to = y + i;
    for (let j: usize = 0; j < whole; j += 16) {
      const scaled = f32x4.mul(f32x4.sub(v128.load(from + j), v128.load(mean + j)), v128.load(scale + j));
      v128.store(to + j, f32x4.add(scaled, v128.load(shift + j)));
    }
    if (part) {
      const difference = f32x4.sub(loadLanes(from + whole, part), loadLanes(mean + whole, part));
      const scaled = f32x4.mul(difference, loadLanes(scale + whole, part));
      storeLanes(to + whole, f32x4.add(scaled, loadLanes(shift + whole, part)), part);
    }
  }
}
