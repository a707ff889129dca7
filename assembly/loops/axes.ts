// Sums along an axis, and the way back: numbers repeated along it.
//
//   [outer, length, inner] → [outer, inner]
//
// A sum of up to 16 numbers is taken in float32, more are so many blocks whose sums float64 takes, in a fixed order: the error
// stays below 10⁻⁶ of the sum of magnitudes whatever the length, 15 roundings of 2⁻²⁴ in a block and one at the end.
import { addHigh, addLow, joinHalves, loadLanes, loadSome, storeSome } from "../simd/lanes";
import { shareEnd, shareStart } from "../executor/threads";
import { sum4Float64 } from "../simd/vector";
import { wholeBytes } from "./rows";

/** Numbers that are added in float32 before float64 takes their sum. */
const BLOCK: i32 = 16;
/** Columns that are done together: a line of the cache. */
const GROUP: i32 = 16;

/** target[o, i] (=|+=) scale·Σ_l source[o, l, i]. Touches no padding. */
export function sumAlong(
  source: usize,
  target: usize,
  outer: i32,
  length: i32,
  inner: i32,
  scale: f64,
  add: i32,
): void {
  if (inner == 1) {
    const end = shareEnd(outer, 1);
    for (let o = shareStart(outer, 1); o < end; o++) {
      const sum = <f32>(scale * sumOfRun(source + ((<usize>o * length) << 2), length));
      const at = target + (<usize>o << 2);
      store<f32>(at, add ? load<f32>(at) + sum : sum);
    }
    return;
  }
  const stride = <usize>inner << 2;
  const groups = (inner + GROUP - 1) / GROUP;
  const end = shareEnd(outer * groups, 1);
  for (let item = shareStart(outer * groups, 1); item < end; item++) {
    const o = item / groups;
    let j = (item % groups) * GROUP;
    const from = source + <usize>o * <usize>length * stride;
    const to = target + <usize>o * stride;
    if (inner - j >= GROUP) {
      sumSixteen(from + (<usize>j << 2), to + (<usize>j << 2), length, stride, scale, add);
      continue;
    }
    for (; j < inner; j += 4) {
      sumFour(from + (<usize>j << 2), to + (<usize>j << 2), length, stride, scale, add, min(4, inner - j) & 3);
    }
  }
}

/** Σ of `count` numbers one behind the other: 16 lanes, of each 16 numbers in float32, then float64. */
function sumOfRun(x: usize, count: i32): f64 {
  let sum: f64 = 0;
  const end = x + (<usize>count << 2);
  const lineEnd = x + (<usize>(count & ~15) << 2);
  while (x < lineEnd) {
    let sum0 = v128.load(x);
    let sum1 = v128.load(x, 16);
    let sum2 = v128.load(x, 32);
    let sum3 = v128.load(x, 48);
    const blockEnd = min(lineEnd, x + 64 * BLOCK);
    for (x += 64; x < blockEnd; x += 64) {
      sum0 = f32x4.add(sum0, v128.load(x));
      sum1 = f32x4.add(sum1, v128.load(x, 16));
      sum2 = f32x4.add(sum2, v128.load(x, 32));
      sum3 = f32x4.add(sum3, v128.load(x, 48));
    }
    let low = f64x2.add(f64x2.promote_low_f32x4(sum0), f64x2.promote_low_f32x4(sum1));
    let high = f64x2.splat(0);
    high = addHigh(addHigh(high, sum0), sum1);
    low = addLow(addLow(low, sum2), sum3);
    high = addHigh(addHigh(high, sum2), sum3);
    const pairs = f64x2.add(low, high);
    sum += f64x2.extract_lane(pairs, 0) + f64x2.extract_lane(pairs, 1);
  }
  for (; x + 16 <= end; x += 16) sum += sum4Float64(v128.load(x));
  for (; x < end; x += 4) sum += <f64>load<f32>(x);
  return sum;
}

/** Sixteen columns, whose numbers are `stride` bytes apart. */
// @ts-ignore: decorator
@inline
function sumSixteen(source: usize, target: usize, length: i32, stride: usize, scale: f64, add: i32): void {
  const end = source + <usize>length * stride;
  let low0 = f64x2.splat(0);
  let high0 = low0;
  let low1 = low0;
  let high1 = low0;
  let low2 = low0;
  let high2 = low0;
  let low3 = low0;
  let high3 = low0;
  while (source < end) {
    let sum0 = v128.load(source);
    let sum1 = v128.load(source, 16);
    let sum2 = v128.load(source, 32);
    let sum3 = v128.load(source, 48);
    const blockEnd = min(end, source + <usize>BLOCK * stride);
    for (source += stride; source < blockEnd; source += stride) {
      sum0 = f32x4.add(sum0, v128.load(source));
      sum1 = f32x4.add(sum1, v128.load(source, 16));
      sum2 = f32x4.add(sum2, v128.load(source, 32));
      sum3 = f32x4.add(sum3, v128.load(source, 48));
    }
    low0 = addLow(low0, sum0);
    high0 = addHigh(high0, sum0);
    low1 = addLow(low1, sum1);
    high1 = addHigh(high1, sum1);
    low2 = addLow(low2, sum2);
    high2 = addHigh(high2, sum2);
    low3 = addLow(low3, sum3);
    high3 = addHigh(high3, sum3);
  }
  storeScaled(target, low0, high0, scale, add, 0);
  storeScaled(target + 16, low1, high1, scale, add, 0);
  storeScaled(target + 32, low2, high2, scale, add, 0);
  storeScaled(target + 48, low3, high3, scale, add, 0);
}

/** Four columns, or `part` where that is not 0. */
function sumFour(
  source: usize,
  target: usize,
  length: i32,
  stride: usize,
  scale: f64,
  add: i32,
  part: i32,
): void {
  const end = source + <usize>length * stride;
  let low = f64x2.splat(0);
  let high = low;
  while (source < end) {
    let sum = loadSome(source, part);
    const blockEnd = min(end, source + <usize>BLOCK * stride);
    for (source += stride; source < blockEnd; source += stride) sum = f32x4.add(sum, loadSome(source, part));
    low = addLow(low, sum);
    high = addHigh(high, sum);
  }
  storeScaled(target, low, high, scale, add, part);
}

/** target (=|+=) scale·sums, four or `part` of them. */
// @ts-ignore: decorator
@inline
function storeScaled(target: usize, low: v128, high: v128, scale: f64, add: i32, part: i32): void {
  const scale2 = f64x2.splat(scale);
  const sums = joinHalves(f64x2.mul(scale2, low), f64x2.mul(scale2, high));
  storeSome(target, add ? f32x4.add(loadSome(target, part), sums) : sums, part);
}

/** target[o, l, i] (=|+=) scale·source[o, i]. Touches no padding. */
export function spreadAlong(
  source: usize,
  target: usize,
  outer: i32,
  length: i32,
  inner: i32,
  scale: f64,
  add: i32,
): void {
  const factor = <f32>scale;
  const end = shareEnd(outer * length, 1);
  let line = shareStart(outer * length, 1);
  let to = target + <usize>line * (<usize>inner << 2);
  for (let o = line / length; line < end; o++) {
    const lines = min(end, (o + 1) * length) - line;
    line += lines;
    if (inner == 1) {
      fillRun(to, lines, factor * load<f32>(source + (<usize>o << 2)), add);
      to += <usize>lines << 2;
      continue;
    }
    const from = source + <usize>o * (<usize>inner << 2);
    for (let l = 0; l < lines; l++) {
      scaleRun(from, to, inner, factor, add);
      to += <usize>inner << 2;
    }
  }
}

/** target (=|+=) value, `count` times. */
export function fillRun(target: usize, count: i32, value: f32, add: i32): void {
  const whole = target + wholeBytes(count);
  const values = f32x4.splat(value);
  for (; target < whole; target += 16) {
    v128.store(target, add ? f32x4.add(v128.load(target), values) : values);
  }
  const part = count & 3;
  if (part) storeSome(whole, add ? f32x4.add(loadLanes(whole, part), values) : values, part);
}

/** target (=|+=) factor·source, both without gaps. */
// @ts-ignore: decorator
@inline
function scaleRun(source: usize, target: usize, count: i32, factor: f32, add: i32): void {
  const whole = wholeBytes(count);
  const part = count & 3;
  const factors = f32x4.splat(factor);
  for (let j: usize = 0; j < whole; j += 16) {
    const numbers = f32x4.mul(factors, v128.load(source + j));
    v128.store(target + j, add ? f32x4.add(v128.load(target + j), numbers) : numbers);
  }
  if (part) {
    const numbers = f32x4.mul(factors, loadLanes(source + whole, part));
    storeSome(target + whole, add ? f32x4.add(loadLanes(target + whole, part), numbers) : numbers, part);
  }
}
