// Brings the numbers of every group of a sample's channels to mean 0 and variance 1, or only to a root mean square of 1.
//
//   x̂ = (x − m)·r        m = mean(x), or 0      r = 1/√(mean((x − m)²) + epsilon)      over a group
//   y = x̂·gamma + beta
//   dx = r·(g − mean(g) − x̂·mean(g·x̂))        g = dy·gamma
//   dgamma = Σ dy·x̂        dbeta = Σ dy        over samples and positions
//
// Sums are in float64, for dgamma and dbeta those of 32 positions in float32. Threads share groups, and for dgamma and dbeta channels, each summed from the first sample on.
import { FLOAT32_BLOCK } from "../loops/reduce";
import { addFloat64, addHigh, addLow, joinHalves, laneMask, loadLanes, storeLanes, sum2 } from "../simd/lanes";
import { wholeBytes } from "../loops/rows";
import { shareEnd, shareStart } from "../executor/threads";

// @ts-ignore: decorator
@unmanaged
class GroupNormalizationRow {
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
  moments: usize;
  samples: i32;
  positions: i32;
  channels: i32;
  groups: i32;
  centers: i32;
  epsilon: f64;
}

/** Σ x over `positions` runs, `stride` bytes apart. */
// @ts-ignore: decorator
@inline
function sumOf(x: usize, positions: i32, stride: usize, whole: usize, part: i32): f64 {
  let sums = f64x2.splat(0);
  for (let i = 0; i < positions; i++) {
    for (let j: usize = 0; j < whole; j += 16) sums = addFloat64(sums, v128.load(x + j));
    if (part) sums = addFloat64(sums, loadLanes(x + whole, part));
    x += stride;
  }
  return sum2(sums);
}

/** Σ (x − m)². A mean rounded to float32 is off by so little that its square vanishes. */
// @ts-ignore: decorator
@inline
function squaresOf(x: usize, m: v128, positions: i32, stride: usize, whole: usize, part: i32): f64 {
  let sums = f64x2.splat(0);
  for (let i = 0; i < positions; i++) {
    for (let j: usize = 0; j < whole; j += 16) {
      const difference = f32x4.sub(v128.load(x + j), m);
      sums = addFloat64(sums, f32x4.mul(difference, difference));
    }
    if (part) {
      const difference = v128.and(f32x4.sub(loadLanes(x + whole, part), m), laneMask(part));
      sums = addFloat64(sums, f32x4.mul(difference, difference));
    }
    x += stride;
  }
  return sum2(sums);
}

/** (x − m)·r·gamma + beta of four numbers, or of `part` where that is not 0; an absent gamma is 1, an absent beta 0. */
// @ts-ignore: decorator
@inline
function affine(x: v128, m: v128, r: v128, gamma: usize, beta: usize, part: i32): v128 {
  let y = f32x4.mul(f32x4.sub(x, m), r);
  if (gamma) y = f32x4.mul(y, part ? loadLanes(gamma, part) : v128.load(gamma));
  if (beta) y = f32x4.add(y, part ? loadLanes(beta, part) : v128.load(beta));
  return y;
}

export function groupNormalizationForward(row: usize, step: usize): void {
  const r = changetype<GroupNormalizationRow>(row);
  const groups = r.groups;
  const positions = r.positions;
  const width = r.channels / groups;
  const whole = wholeBytes(width);
  const part = width & 3;
  const stride = <usize>r.channels << 2;
  const size = <f64>positions * <f64>width;
  const count = r.samples * groups;
  const end = shareEnd(count, 1);
  for (let i = shareStart(count, 1); i < end; i++) {
    const inSample = <usize>((i % groups) * width) << 2;
    const start = <usize>(i / groups) * <usize>positions * stride + inSample;
    let x = r.x + start;
    let y = r.y + start;
    const gamma = r.gamma ? r.gamma + inSample : 0;
    const beta = r.beta ? r.beta + inSample : 0;
    const mean = r.centers ? <f32>(sumOf(x, positions, stride, whole, part) / size) : 0;
    const m = f32x4.splat(mean);
    const scale = <f32>(1 / sqrt(squaresOf(x, m, positions, stride, whole, part) / size + r.epsilon));
    const scales = f32x4.splat(scale);
    store<f32>(r.moments + (<usize>i << 2), mean);
    store<f32>(r.moments + (<usize>(count + i) << 2), scale);
    for (let p = 0; p < positions; p++) {
      for (let j: usize = 0; j < whole; j += 16) {
        v128.store(y + j, affine(v128.load(x + j), m, scales, gamma ? gamma + j : 0, beta ? beta + j : 0, 0));
      }
      if (part) {
        const last = affine(
          loadLanes(x + whole, part), m, scales, gamma ? gamma + whole : 0, beta ? beta + whole : 0, part,
        );
        storeLanes(y + whole, last, part);
      }
      x += stride;
      y += stride;
    }
  }
}

/** dy·gamma of four numbers, or of `part` with 0 in the other lanes. */
// @ts-ignore: decorator
@inline
function upstream(dy: usize, gamma: usize, part: i32): v128 {
  const gradient = part ? loadLanes(dy, part) : v128.load(dy);
  if (!gamma) return gradient;
  return f32x4.mul(gradient, part ? loadLanes(gamma, part) : v128.load(gamma));
}

/** dx of a group: its means first. */
function inputGradient(r: GroupNormalizationRow, i: i32): void {
  const groups = r.groups;
  const positions = r.positions;
  const width = r.channels / groups;
  const whole = wholeBytes(width);
  const part = width & 3;
  const stride = <usize>r.channels << 2;
  const inSample = <usize>((i % groups) * width) << 2;
  const start = <usize>(i / groups) * <usize>positions * stride + inSample;
  const gamma = r.gamma ? r.gamma + inSample : 0;
  const m = v128.load32_splat(r.moments + (<usize>i << 2));
  const scales = v128.load32_splat(r.moments + (<usize>(r.samples * groups + i) << 2));

  let x = r.x + start;
  let dy = r.dy + start;
  let sums = f64x2.splat(0);
  let products = f64x2.splat(0);
  for (let p = 0; p < positions; p++) {
    for (let j: usize = 0; j < whole; j += 16) {
      const g = upstream(dy + j, gamma ? gamma + j : 0, 0);
      sums = addFloat64(sums, g);
      products = addFloat64(products, f32x4.mul(g, f32x4.sub(v128.load(x + j), m)));
    }
    if (part) {
      const g = upstream(dy + whole, gamma ? gamma + whole : 0, part);
      sums = addFloat64(sums, g);
      products = addFloat64(products, f32x4.mul(g, f32x4.sub(loadLanes(x + whole, part), m)));
    }
    x += stride;
    dy += stride;
  }
  const size = <f64>positions * <f64>width;
  const scale = <f64>f32x4.extract_lane(scales, 0);
  const mean = f32x4.splat(r.centers ? <f32>(sum2(sums) / size) : 0);
  const slope = f32x4.splat(<f32>((sum2(products) * scale * scale) / size));

  const add = r.addDx;
  x = r.x + start;
  dy = r.dy + start;
  let dx = r.dx + start;
  for (let p = 0; p < positions; p++) {
    for (let j: usize = 0; j < whole; j += 16) {
      const g = f32x4.sub(upstream(dy + j, gamma ? gamma + j : 0, 0), mean);
      const gradient = f32x4.mul(scales, f32x4.sub(g, f32x4.mul(f32x4.sub(v128.load(x + j), m), slope)));
      v128.store(dx + j, add ? f32x4.add(v128.load(dx + j), gradient) : gradient);
    }
    if (part) {
      const g = f32x4.sub(upstream(dy + whole, gamma ? gamma + whole : 0, part), mean);
      const difference = f32x4.sub(loadLanes(x + whole, part), m);
      const gradient = f32x4.mul(scales, f32x4.sub(g, f32x4.mul(difference, slope)));
      storeLanes(dx + whole, add ? f32x4.add(loadLanes(dx + whole, part), gradient) : gradient, part);
    }
    x += stride;
    dy += stride;
    dx += stride;
  }
}

/** dgamma and dbeta of one to four neighbouring channels of a group. */
function weightGradients(r: GroupNormalizationRow, channel: i32, lanes: i32, group: i32): void {
  const groups = r.groups;
  const positions = r.positions;
  const samples = r.samples;
  const stride = <usize>r.channels << 2;
  const part = lanes & 3;
  let x = r.x + (<usize>channel << 2);
  let dy = r.dy + (<usize>channel << 2);
  let moment = r.moments + (<usize>group << 2);
  const scaleOffset = <usize>(samples * groups) << 2;
  let products = f32x4.splat(0);
  let sums = f32x4.splat(0);
  let productsLow = f64x2.splat(0);
  let productsHigh = productsLow;
  let sumsLow = productsLow;
  let sumsHigh = productsLow;
  let left = FLOAT32_BLOCK;
  for (let s = 0; s < samples; s++) {
    const m = v128.load32_splat(moment);
    const scales = v128.load32_splat(moment + scaleOffset);
    for (let p = 0; p < positions; p++) {
      const gradient = part ? loadLanes(dy, part) : v128.load(dy);
      const difference = f32x4.sub(part ? loadLanes(x, part) : v128.load(x), m);
      products = f32x4.add(products, f32x4.mul(gradient, f32x4.mul(difference, scales)));
      sums = f32x4.add(sums, gradient);
      x += stride;
      dy += stride;
      if (--left > 0) continue;
      left = FLOAT32_BLOCK;
      productsLow = addLow(productsLow, products);
      productsHigh = addHigh(productsHigh, products);
      sumsLow = addLow(sumsLow, sums);
      sumsHigh = addHigh(sumsHigh, sums);
      products = f32x4.splat(0);
      sums = f32x4.splat(0);
    }
    moment += <usize>groups << 2;
  }
  products = joinHalves(addLow(productsLow, products), addHigh(productsHigh, products));
  sums = joinHalves(addLow(sumsLow, sums), addHigh(sumsHigh, sums));
  const offset = <usize>channel << 2;
  if (r.dgamma) put(r.dgamma + offset, products, part, r.addDgamma);
  if (r.dbeta) put(r.dbeta + offset, sums, part, r.addDbeta);
}

/** target (=|+=) v, four lanes, or `part` where that is not 0. */
// @ts-ignore: decorator
@inline
function put(target: usize, v: v128, part: i32, add: i32): void {
  if (part) storeLanes(target, add ? f32x4.add(loadLanes(target, part), v) : v, part);
  else v128.store(target, add ? f32x4.add(v128.load(target), v) : v);
}

export function groupNormalizationBackward(row: usize, step: usize): void {
  const r = changetype<GroupNormalizationRow>(row);
  if (r.dx) {
    const count = r.samples * r.groups;
    const end = shareEnd(count, 1);
    for (let i = shareStart(count, 1); i < end; i++) inputGradient(r, i);
  }
  if (!r.dgamma && !r.dbeta) return;
  const width = r.channels / r.groups;
  const to = shareEnd(r.channels, 4);
  let channel = shareStart(r.channels, 4);
  while (channel < to) {
    const group = channel / width;
    const lanes = min(4, min(to, (group + 1) * width) - channel);
    weightGradients(r, channel, lanes, group);
    channel += lanes;
  }
}
