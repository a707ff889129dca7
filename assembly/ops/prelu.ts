// Rectified linear unit with slopes that are learned.
//
//   y = x > 0 ? x : alpha·x        dx = x > 0 ? dy : alpha·dy        dalpha = Σ (x > 0 ? 0 : x·dy)
//   x, y [samples, alphaRows, shared, columns]   alpha [alphaRows, columns]
//
// Threads share samples, and for dalpha columns, each summed from the first sample on.
import { loadSome, storeSome } from "../channels";
import { shareEnd, shareStart } from "../threads";
import { select4 } from "../vector";

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

/** target (=|+=) x > 0 ? source : alpha·source; forward the source is x, backward dy. */
// @ts-ignore: decorator
@inline
function applySlopes(r: PreluRow, source: usize, target: usize, add: i32): void {
  const alphaRows = r.alphaRows;
  const shared = r.shared;
  const columns = r.columns;
  const bytes = <usize>columns << 2;
  const x = r.x;
  const from = shareStart(r.samples, 1) * alphaRows * shared;
  const to = shareEnd(r.samples, 1) * alphaRows * shared;
  for (let row = from; row < to; row++) {
    const alpha = r.alpha + <usize>((row / shared) % alphaRows) * bytes;
    const start = <usize>row * bytes;
    for (let j: usize = 0; j < bytes; j += 16) {
      const part = bytes - j < 16 ? <i32>((bytes - j) >> 2) : 0;
      const numbers = loadSome(source + start + j, part);
      const positive = f32x4.gt(loadSome(x + start + j, part), f32x4.splat(0));
      const result = select4(positive, numbers, f32x4.mul(loadSome(alpha + j, part), numbers));
      const to4 = target + start + j;
      storeSome(to4, add ? f32x4.add(loadSome(to4, part), result) : result, part);
    }
  }
}

/** dalpha of one to four neighbouring columns of a row of alpha. */
function slopeGradient(r: PreluRow, row: i32, column: i32, part: i32): void {
  const bytes = <usize>r.columns << 2;
  const run = <usize>r.shared * bytes;
  const sampleBytes = <usize>r.alphaRows * run;
  const toDy = r.dy - r.x;
  const zero = f32x4.splat(0);
  let sum = zero;
  let sample = r.x + <usize>row * run + (<usize>column << 2);
  for (let s = r.samples; s > 0; s--) {
    const end = sample + run;
    for (let x = sample; x < end; x += bytes) {
      const numbers = loadSome(x, part);
      const product = f32x4.mul(numbers, loadSome(x + toDy, part));
      sum = f32x4.add(sum, v128.andnot(product, f32x4.gt(numbers, zero)));
    }
    sample += sampleBytes;
  }
  const target = r.dalpha + <usize>row * bytes + (<usize>column << 2);
  storeSome(target, r.addDalpha ? f32x4.add(loadSome(target, part), sum) : sum, part);
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
    for (let column = shareStart(r.columns, 4); column < to; column += 4) {
      slopeGradient(r, i, column, min(4, to - column) & 3);
    }
  }
}
