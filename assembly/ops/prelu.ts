// Rectified linear unit with slopes that are learned.
//
//   y = x > 0 ? x : alpha·x        dx = x > 0 ? dy : alpha·dy        dalpha = Σ (x > 0 ? 0 : x·dy)
//   x, y [samples, alphaRows, shared, columns]   alpha [alphaRows, columns]
//
// Threads share samples, and for dalpha columns, each summed from the first sample on: 32 numbers at a time in float32,
// their sums in float64.
import { FLOAT32_BLOCK } from "../loops/reduce";
import { addHigh, addLow, joinHalves, loadSome, storeSome } from "../simd/lanes";
import { wholeBytes } from "../loops/rows";
import { shareEnd, shareStart } from "../executor/threads";
import { select4 } from "../simd/vector";

// @ts-ignore: decorator
@unmanaged
class PreluRow {
  forward: u32;
  backward: u32;
  x: usize;
  dx: usize;
  addDx: i32;
  alpha: usize;
  dalpha: usize;
  addDalpha: i32;
  y: usize;
  dy: usize;
  samples: i32;
  alphaRows: i32;
  shared: i32;
  columns: i32;
}

/** target (=|+=) x > 0 ? source : alpha·source for this thread's samples; forward the source is x, backward dy. */
// @ts-ignore: decorator
@inline
function applySlopes(r: PreluRow, source: usize, target: usize, add: i32): void {
  const alpha = r.alpha;
  const shared = r.shared;
  const bytes = <usize>r.columns << 2;
  const whole = wholeBytes(r.columns);
  const part = r.columns & 3;
  const alphaEnd = alpha + <usize>r.alphaRows * bytes;
  const from = shareStart(r.samples, 1);
  const offset = <usize>(from * r.alphaRows * shared) * bytes;
  let x = r.x + offset;
  source += offset;
  target += offset;
  for (let sample = shareEnd(r.samples, 1) - from; sample > 0; sample--) {
    for (let slopes = alpha; slopes < alphaEnd; slopes += bytes) {
      for (let row = shared; row > 0; row--) {
        for (let j: usize = 0; j < whole; j += 16) applyFour(x + j, slopes + j, source + j, target + j, add, 0);
        if (part) applyFour(x + whole, slopes + whole, source + whole, target + whole, add, part);
        x += bytes;
        source += bytes;
        target += bytes;
      }
    }
  }
}

/** Four numbers, or the first `part` where that is not 0. */
// @ts-ignore: decorator
@inline
function applyFour(x: usize, slopes: usize, source: usize, target: usize, add: i32, part: i32): void {
  const numbers = loadSome(source, part);
  const positive = f32x4.gt(loadSome(x, part), f32x4.splat(0));
  const result = select4(positive, numbers, f32x4.mul(loadSome(slopes, part), numbers));
  storeSome(target, add ? f32x4.add(loadSome(target, part), result) : result, part);
}

/** dalpha of `vectors` times four neighbouring columns of a row of alpha, or of the first `part` of four. */
// @ts-ignore: decorator
@inline
function slopeGradient(r: PreluRow, row: i32, column: i32, vectors: i32, part: i32): void {
  const bytes = <usize>r.columns << 2;
  const run = <usize>r.shared * bytes;
  const sampleBytes = <usize>r.alphaRows * run;
  const toDy = r.dy - r.x;
  let sum0 = f32x4.splat(0);
  let sum1 = sum0;
  let sum2 = sum0;
  let sum3 = sum0;
  let low0 = f64x2.splat(0);
  let low1 = low0;
  let low2 = low0;
  let low3 = low0;
  let high0 = low0;
  let high1 = low0;
  let high2 = low0;
  let high3 = low0;
  let left = FLOAT32_BLOCK;
  let sample = r.x + <usize>row * run + (<usize>column << 2);
  for (let s = r.samples; s > 0; s--) {
    const end = sample + run;
    for (let x = sample; x < end; x += bytes) {
      const dy = x + toDy;
      sum0 = addSlopes(sum0, x, dy, part);
      if (vectors > 1) {
        sum1 = addSlopes(sum1, x + 16, dy + 16, part);
        sum2 = addSlopes(sum2, x + 32, dy + 32, part);
        sum3 = addSlopes(sum3, x + 48, dy + 48, part);
      }
      if (--left > 0) continue;
      left = FLOAT32_BLOCK;
      low0 = addLow(low0, sum0);
      high0 = addHigh(high0, sum0);
      sum0 = f32x4.splat(0);
      if (vectors == 1) continue;
      low1 = addLow(low1, sum1);
      high1 = addHigh(high1, sum1);
      low2 = addLow(low2, sum2);
      high2 = addHigh(high2, sum2);
      low3 = addLow(low3, sum3);
      high3 = addHigh(high3, sum3);
      sum1 = f32x4.splat(0);
      sum2 = sum1;
      sum3 = sum1;
    }
    sample += sampleBytes;
  }
  const target = r.dalpha + <usize>row * bytes + (<usize>column << 2);
  const add = r.addDalpha;
  finish(target, low0, high0, sum0, add, part);
  if (vectors == 1) return;
  finish(target + 16, low1, high1, sum1, add, part);
  finish(target + 32, low2, high2, sum2, add, part);
  finish(target + 48, low3, high3, sum3, add, part);
}

/** What numbers of x that are not positive add to the gradients of their slopes. */
// @ts-ignore: decorator
@inline
function addSlopes(sum: v128, x: usize, dy: usize, part: i32): v128 {
  const numbers = loadSome(x, part);
  const product = f32x4.mul(numbers, loadSome(dy, part));
  return f32x4.add(sum, v128.andnot(product, f32x4.gt(numbers, f32x4.splat(0))));
}

/** target (=|+=) the sums of whole blocks and of the last one. */
// @ts-ignore: decorator
@inline
function finish(target: usize, low: v128, high: v128, last: v128, add: i32, part: i32): void {
  const sum = joinHalves(addLow(low, last), addHigh(high, last));
  storeSome(target, add ? f32x4.add(loadSome(target, part), sum) : sum, part);
}

export function preluForward(row: usize, step: usize): void {
  const r = changetype<PreluRow>(row);
  applySlopes(r, r.x, r.y, 0);
}

export function preluBackward(row: usize, step: usize): void {
  const r = changetype<PreluRow>(row);
  if (r.dx) applySlopes(r, r.dy, r.dx, r.addDx);
  if (!r.dalpha) return;
  const to = shareEnd(r.columns, 4);
  for (let i = 0; i < r.alphaRows; i++) {
    let column = shareStart(r.columns, 4);
    // whole lines of the cache at a time
    for (; column + 16 <= to; column += 16) slopeGradient(r, i, column, 4, 0);
    for (; column + 4 <= to; column += 4) slopeGradient(r, i, column, 1, 0);
    if (column < to) slopeGradient(r, i, column, 1, to - column);
  }
}
