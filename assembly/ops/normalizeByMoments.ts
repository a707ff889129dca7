// Batch normalisation where it does not train: with moments that were found before.
//
//   y = (x − mean)·scale + beta      scale = gamma/√(variance + epsilon)      dx = scale·dy
import { CHANNEL_GRAIN, channelScale, channelStride, normalizeRows } from "../loops/channels";
import { loadLanes, loadSome, storeLanes, storeSome } from "../simd/lanes";
import { wholeBytes } from "../loops/rows";
import { shareEnd, shareStart, synchronize } from "../executor/threads";

// @ts-ignore: decorator
@unmanaged
class NormalizeByMomentsRow {
  forward: u32;
  backward: u32;
  x: usize;
  dx: usize;
  addDx: i32;
  y: usize;
  dy: usize;
  gamma: usize;
  beta: usize;
  mean: usize;
  variance: usize;
  workspace: usize;
  rows: i32;
  channels: i32;
  epsilon: f64;
}

/** Leaves scale and beta of this thread's channels in the workspace. */
function prepareChannels(r: NormalizeByMomentsRow): void {
  const scale = r.workspace;
  const shift = scale + channelStride(r.channels);
  const to = shareEnd(r.channels, CHANNEL_GRAIN);
  for (let channel = shareStart(r.channels, CHANNEL_GRAIN); channel < to; channel += CHANNEL_GRAIN) {
    const part = min(CHANNEL_GRAIN, to - channel) & 3;
    const j = <usize>channel << 2;
    storeSome(scale + j, channelScale(loadSome(r.variance + j, part), r.epsilon, r.gamma ? r.gamma + j : 0, part), part);
    storeSome(shift + j, r.beta ? loadSome(r.beta + j, part) : f32x4.splat(0), part);
  }
}

export function normalizeByMomentsForward(row: usize, step: usize): void {
  const r = changetype<NormalizeByMomentsRow>(row);
  prepareChannels(r);
  normalizeRows(r.x, r.y, r.mean, r.workspace, r.workspace + channelStride(r.channels), r.rows, r.channels);
}

export function normalizeByMomentsBackward(row: usize, step: usize): void {
  const r = changetype<NormalizeByMomentsRow>(row);
  prepareChannels(r);
  if (!synchronize()) return;
  const scale = r.workspace;
  const whole = wholeBytes(r.channels);
  const part = r.channels & 3;
  const stride = <usize>r.channels << 2;
  const add = r.addDx;
  const end = r.dy + <usize>shareEnd(r.rows, 1) * stride;
  const toDx = r.dx - r.dy;
  for (let i = r.dy + <usize>shareStart(r.rows, 1) * stride; i < end; i += stride) {
    for (let j: usize = 0; j < whole; j += 16) {
      const gradient = f32x4.mul(v128.load(i + j), v128.load(scale + j));
      v128.store(i + toDx + j, add ? f32x4.add(v128.load(i + toDx + j), gradient) : gradient);
    }
    if (part) {
      const k = i + whole;
      const gradient = f32x4.mul(loadLanes(k, part), loadLanes(scale + whole, part));
      storeLanes(k + toDx, add ? f32x4.add(loadLanes(k + toDx, part), gradient) : gradient, part);
    }
  }
}
