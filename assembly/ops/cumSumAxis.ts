// Running sums along an axis, from its beginning or, with `reverse` 1, from its end; taken in float64.
//
//   y[o, l, i] = Σ_{k≤l} x[o, k, i]      dx[o, l, i] = Σ_{k≥l} dy[o, k, i]      x, y [outer, length, inner]
import { addHigh, addLow, joinHalves, loadSome, storeSome } from "../simd/lanes";
import { shareEnd, shareStart } from "../executor/threads";

// @ts-ignore: decorator
@unmanaged
class CumSumAxisRow {
  forward: u32;
  backward: u32;
  x: usize;
  dx: usize;
  addDx: i32;
  y: usize;
  dy: usize;
  outer: i32;
  length: i32;
  inner: i32;
  reverse: i32;
}

/** target (=|+=) running sums of source. */
function runningSums(r: CumSumAxisRow, source: usize, target: usize, reverse: i32, add: i32): void {
  const inner = r.inner;
  const length = r.length;
  const stride = <usize>inner << 2;
  const last = <usize>(length - 1) * stride;
  const groups = (inner + 3) >> 2;
  const end = shareEnd(r.outer * groups, 1);
  for (let item = shareStart(r.outer * groups, 1); item < end; item++) {
    const j = (item % groups) << 2;
    const part = min(4, inner - j) & 3;
    let first = <usize>(item / groups) * (last + stride) + (<usize>j << 2);
    if (reverse) first += last;
    // Backwards is forwards by a negative number of bytes.
    const step = reverse ? <usize>0 - stride : stride;
    if (inner == 1) sumLine(source + first, target + first, length, step, add);
    else if (part) sumLines(source + first, target + first, length, step, add, part);
    else sumLines(source + first, target + first, length, step, add, 0);
  }
}

function sumLine(source: usize, target: usize, length: i32, step: usize, add: i32): void {
  let sum: f64 = 0;
  for (let l = 0; l < length; l++) {
    sum += <f64>load<f32>(source);
    store<f32>(target, add ? load<f32>(target) + <f32>sum : <f32>sum);
    source += step;
    target += step;
  }
}

/** Four lines along the axis, or `part` where that is not 0. */
// @ts-ignore: decorator
@inline
function sumLines(source: usize, target: usize, length: i32, step: usize, add: i32, part: i32): void {
  let low = f64x2.splat(0);
  let high = low;
  for (let l = 0; l < length; l++) {
    const numbers = loadSome(source, part);
    low = addLow(low, numbers);
    high = addHigh(high, numbers);
    const sums = joinHalves(low, high);
    storeSome(target, add ? f32x4.add(loadSome(target, part), sums) : sums, part);
    source += step;
    target += step;
  }
}

export function cumSumAxisForward(row: usize, step: usize): void {
  const r = changetype<CumSumAxisRow>(row);
  runningSums(r, r.x, r.y, r.reverse, 0);
}

export function cumSumAxisBackward(row: usize, step: usize): void {
  const r = changetype<CumSumAxisRow>(row);
  runningSums(r, r.dy, r.dx, 1 - r.reverse, r.addDx);
}
