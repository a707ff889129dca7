// Brings every channel to mean 0 and variance 1 over the rows of a batch.
//
//   x̂ = (x − mean)·r        r = 1/√(variance + epsilon)
//   y = x̂·gamma + beta
//   dx = gamma·r·(dy − mean(dy) − x̂·mean(dy·x̂))        dgamma = Σ_rows dy·x̂        dbeta = Σ_rows dy
//
// The sums are in float64, each channel's from the first row to the last by one thread.
import { CHANNEL_GRAIN, channelScale, channelStride, normalizeRows } from "../loops/channels";
import { highHalf, joinHalves, loadLanes, loadSome, storeLanes, storeSome } from "../simd/lanes";
import { wholeBytes } from "../loops/rows";
import { shareEnd, shareStart, synchronize } from "../executor/threads";

// @ts-ignore: decorator
@unmanaged
class BatchNormalizationRow {
  forward: u32;
  backward: u32;
  x: usize;
  dx: usize;
  addDx: i32;
  gamma: usize;
  dgamma: usize;
  addDgamma: i32;
  beta: usize;
  dbeta: usize;
  addDbeta: i32;
  y: usize;
  dy: usize;
  mean: usize;
  variance: usize;
  workspace: usize;
  rows: i32;
  channels: i32;
  epsilon: f64;
}

/** Mean and variance of one to four channels at `x`, in two passes. */
// @ts-ignore: decorator
@inline
function moments(x: usize, rows: i32, stride: usize, mean: usize, variance: usize, part: i32): void {
  const end = x + <usize>rows * stride;
  const count = f64x2.splat(<f64>rows);
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  for (let i = x; i < end; i += stride) {
    const numbers = loadSome(i, part);
    low = f64x2.add(low, f64x2.promote_low_f32x4(numbers));
    high = f64x2.add(high, f64x2.promote_low_f32x4(highHalf(numbers)));
  }
  const meanLow = f64x2.div(low, count);
  const meanHigh = f64x2.div(high, count);
  low = f64x2.splat(0);
  high = f64x2.splat(0);
  for (let i = x; i < end; i += stride) {
    const numbers = loadSome(i, part);
    const differenceLow = f64x2.sub(f64x2.promote_low_f32x4(numbers), meanLow);
    const differenceHigh = f64x2.sub(f64x2.promote_low_f32x4(highHalf(numbers)), meanHigh);
    low = f64x2.add(low, f64x2.mul(differenceLow, differenceLow));
    high = f64x2.add(high, f64x2.mul(differenceHigh, differenceHigh));
  }
  storeSome(mean, joinHalves(meanLow, meanHigh), part);
  storeSome(variance, joinHalves(f64x2.div(low, count), f64x2.div(high, count)), part);
}

export function batchNormalizationForward(row: usize, step: usize): void {
  const r = changetype<BatchNormalizationRow>(row);
  const channels = r.channels;
  const stride = <usize>channels << 2;
  const scale = r.workspace;
  const shift = scale + channelStride(channels);
  const to = shareEnd(channels, CHANNEL_GRAIN);
  for (let channel = shareStart(channels, CHANNEL_GRAIN); channel < to; channel += CHANNEL_GRAIN) {
    const part = min(CHANNEL_GRAIN, to - channel) & 3;
    const j = <usize>channel << 2;
    moments(r.x + j, r.rows, stride, r.mean + j, r.variance + j, part);
    storeSome(scale + j, channelScale(loadSome(r.variance + j, part), r.epsilon, r.gamma ? r.gamma + j : 0, part), part);
    storeSome(shift + j, r.beta ? loadSome(r.beta + j, part) : f32x4.splat(0), part);
  }
  normalizeRows(r.x, r.y, r.mean, scale, shift, r.rows, channels);
}

/**
 * dgamma and dbeta of one to four channels, and what dx needs of them: gamma·r, mean(dy) and r²·mean(dy·(x − mean)), so
 * that dx = (gamma·r)·(dy − mean(dy) − (x − mean)·…).
 */
// @ts-ignore: decorator
@inline
function channelGradients(r: BatchNormalizationRow, j: usize, part: i32): void {
  const stride = <usize>r.channels << 2;
  const x = r.x + j;
  const m = loadSome(r.mean + j, part);
  const variance = loadSome(r.variance + j, part);
  let i = r.dy + j;
  const end = i + <usize>r.rows * stride;
  const toX = x - i;
  let sumLow = f64x2.splat(0);
  let sumHigh = f64x2.splat(0);
  let productLow = f64x2.splat(0);
  let productHigh = f64x2.splat(0);
  for (; i < end; i += stride) {
    const gradient = loadSome(i, part);
    const product = f32x4.mul(gradient, f32x4.sub(loadSome(i + toX, part), m));
    sumLow = f64x2.add(sumLow, f64x2.promote_low_f32x4(gradient));
    sumHigh = f64x2.add(sumHigh, f64x2.promote_low_f32x4(highHalf(gradient)));
    productLow = f64x2.add(productLow, f64x2.promote_low_f32x4(product));
    productHigh = f64x2.add(productHigh, f64x2.promote_low_f32x4(highHalf(product)));
  }
  const sum = joinHalves(sumLow, sumHigh);
  const rescaled = channelScale(variance, r.epsilon, 0, part);
  const product = f32x4.mul(joinHalves(productLow, productHigh), rescaled);
  if (r.dgamma) putGradient(r.dgamma + j, product, part, r.addDgamma);
  if (r.dbeta) putGradient(r.dbeta + j, sum, part, r.addDbeta);

  const vectorStride = channelStride(r.channels);
  const share = f32x4.splat(<f32>(1 / <f64>r.rows));
  storeSome(r.workspace + j, channelScale(variance, r.epsilon, r.gamma ? r.gamma + j : 0, part), part);
  storeSome(r.workspace + vectorStride + j, f32x4.mul(sum, share), part);
  storeSome(r.workspace + 2 * vectorStride + j, f32x4.mul(f32x4.mul(product, rescaled), share), part);
}

/** target (=|+=) v */
// @ts-ignore: decorator
@inline
function putGradient(target: usize, v: v128, part: i32, add: i32): void {
  storeSome(target, add ? f32x4.add(loadSome(target, part), v) : v, part);
}

/** dx of this thread's rows from what all threads have left of the channels. */
function inputGradient(r: BatchNormalizationRow): void {
  const channels = r.channels;
  const whole = wholeBytes(channels);
  const part = channels & 3;
  const stride = <usize>channels << 2;
  const vectorStride = channelStride(channels);
  const mean = r.mean;
  const scale = r.workspace;
  const meanGradient = scale + vectorStride;
  const slope = meanGradient + vectorStride;
  const add = r.addDx;
  const last = <usize>shareEnd(r.rows, 1) * stride;
  const toX = r.x - r.dy;
  const toDx = r.dx - r.dy;
  const end = r.dy + last;
  for (let i = r.dy + <usize>shareStart(r.rows, 1) * stride; i < end; i += stride) {
    for (let j: usize = 0; j < whole; j += 16) {
      const tilt = f32x4.mul(f32x4.sub(v128.load(i + toX + j), v128.load(mean + j)), v128.load(slope + j));
      const rest = f32x4.sub(f32x4.sub(v128.load(i + j), v128.load(meanGradient + j)), tilt);
      const gradient = f32x4.mul(rest, v128.load(scale + j));
      v128.store(i + toDx + j, add ? f32x4.add(v128.load(i + toDx + j), gradient) : gradient);
    }
    if (part) {
      const k = i + whole;
      const difference = f32x4.sub(loadLanes(k + toX, part), loadLanes(mean + whole, part));
      const tilt = f32x4.mul(difference, loadLanes(slope + whole, part));
      const rest = f32x4.sub(f32x4.sub(loadLanes(k, part), loadLanes(meanGradient + whole, part)), tilt);
      const gradient = f32x4.mul(rest, loadLanes(scale + whole, part));
      storeLanes(k + toDx, add ? f32x4.add(loadLanes(k + toDx, part), gradient) : gradient, part);
    }
  }
}

export function batchNormalizationBackward(row: usize, step: usize): void {
  const r = changetype<BatchNormalizationRow>(row);
  const to = shareEnd(r.channels, CHANNEL_GRAIN);
  for (let channel = shareStart(r.channels, CHANNEL_GRAIN); channel < to; channel += CHANNEL_GRAIN) {
    channelGradients(r, <usize>channel << 2, min(CHANNEL_GRAIN, to - channel) & 3);
  }
  if (r.dx && synchronize()) inputGradient(r);
}
