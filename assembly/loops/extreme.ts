// The largest or the smallest number along an axis, and the way back to it.
//
//   y[o, i] = F.choose over x[o, :, i]      dx[o, l, i] = x[o, l, i] = y[o, i] ? dy[o, i]/n : 0
//
// Four neighbours behind the axis go together, or four along it where nothing is behind.
import { keepNaN, loadLanes, loadSome, storeLanes, storeSome } from "../simd/lanes";
import { shareEnd, shareStart } from "../executor/threads";
import { wholeBytes } from "./rows";

// @ts-ignore: decorator
@unmanaged
export class ExtremeRow {
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
}

// @ts-ignore: decorator
@inline
export function extremeForward<F>(row: usize): void {
  const r = changetype<ExtremeRow>(row);
  const length = r.length;
  const inner = r.inner;
  const x = r.x;
  const y = r.y;
  if (inner == 1) {
    const end = shareEnd(r.outer, 1);
    for (let o = shareStart(r.outer, 1); o < end; o++) {
      store<f32>(y + (<usize>o << 2), extremeOfRun<F>(x + ((<usize>o * length) << 2), length));
    }
    return;
  }
  const stride = <usize>inner << 2;
  const groups = (inner + 3) >> 2;
  const end = shareEnd(r.outer * groups, 1);
  for (let item = shareStart(r.outer * groups, 1); item < end; item++) {
    const o = item / groups;
    const j = (item % groups) << 2;
    const part = min(4, inner - j) & 3;
    const first = x + <usize>o * <usize>length * stride + (<usize>j << 2);
    const extreme = part ? extremeOfColumns<F>(first, length, stride, part) : extremeOfColumns<F>(first, length, stride, 0);
    storeSome(y + <usize>o * stride + (<usize>j << 2), extreme, part);
  }
}

/** The extremes of four columns, or of `part` where that is not 0. F.choose passes over NaN, so those are collected beside it. */
// @ts-ignore: decorator
@inline
function extremeOfColumns<F>(x: usize, length: i32, stride: usize, part: i32): v128 {
  let extreme = loadSome(x, part);
  let unordered = f32x4.ne(extreme, extreme);
  const end = x + <usize>length * stride;
  for (x += stride; x < end; x += stride) {
    const numbers = loadSome(x, part);
    extreme = changetype<F>(0).choose(extreme, numbers);
    unordered = v128.or(unordered, f32x4.ne(numbers, numbers));
  }
  // All ones are a NaN.
  return v128.or(extreme, unordered);
}

/** The extreme of numbers one behind the other. */
// @ts-ignore: decorator
@inline
function extremeOfRun<F>(x: usize, count: i32): f32 {
  const whole = wholeBytes(count);
  const end = x + (<usize>count << 2);
  let extreme = v128.load32_splat(x);
  let unordered = f32x4.ne(extreme, extreme);
  for (const wholeEnd = x + whole; x < wholeEnd; x += 16) {
    const numbers = v128.load(x);
    extreme = changetype<F>(0).choose(extreme, numbers);
    unordered = v128.or(unordered, f32x4.ne(numbers, numbers));
  }
  for (; x < end; x += 4) {
    const number = v128.load32_splat(x);
    extreme = changetype<F>(0).choose(extreme, number);
    unordered = v128.or(unordered, f32x4.ne(number, number));
  }
  extreme = changetype<F>(0).choose(extreme, v128.shuffle<i64>(extreme, extreme, 1, 0));
  extreme = changetype<F>(0).choose(extreme, v128.shuffle<i32>(extreme, extreme, 1, 0, 3, 2));
  return v128.any_true(unordered) ? NaN : f32x4.extract_lane(extreme, 0);
}

/** All ones where x is the extreme y, or NaN. */
// @ts-ignore: decorator
@inline
function isExtreme4(x: v128, y: v128): v128 {
  return keepNaN(f32x4.eq(x, y), x);
}

export function extremeBackward(row: usize): void {
  const r = changetype<ExtremeRow>(row);
  const length = r.length;
  const inner = r.inner;
  const add = r.addDx;
  const x = r.x;
  const dx = r.dx;
  if (inner == 1) {
    const end = shareEnd(r.outer, 1);
    for (let o = shareStart(r.outer, 1); o < end; o++) {
      const at = <usize>o << 2;
      const run = at * length;
      runBackward(x + run, dx + run, length, load<f32>(r.y + at), load<f32>(r.dy + at), add);
    }
    return;
  }
  const stride = <usize>inner << 2;
  const groups = (inner + 3) >> 2;
  const end = shareEnd(r.outer * groups, 1);
  for (let item = shareStart(r.outer * groups, 1); item < end; item++) {
    const o = item / groups;
    const j = (item % groups) << 2;
    const part = min(4, inner - j) & 3;
    const first = <usize>o * <usize>length * stride + (<usize>j << 2);
    const result = <usize>o * stride + (<usize>j << 2);
    const y4 = loadSome(r.y + result, part);
    const dy4 = loadSome(r.dy + result, part);
    if (part) columnsBackward(x + first, dx + first, length, stride, y4, dy4, add, part);
    else columnsBackward(x + first, dx + first, length, stride, y4, dy4, add, 0);
  }
}

/** dx of four columns, or of `part` where that is not 0. */
// @ts-ignore: decorator
@inline
function columnsBackward(
  x: usize,
  dx: usize,
  length: i32,
  stride: usize,
  y: v128,
  dy: v128,
  add: i32,
  part: i32,
): void {
  const bytes = <usize>length * stride;
  let count = i32x4.splat(0);
  for (let l: usize = 0; l < bytes; l += stride) count = i32x4.sub(count, isExtreme4(loadSome(x + l, part), y));
  const share = f32x4.div(dy, f32x4.convert_i32x4_s(count));
  for (let l: usize = 0; l < bytes; l += stride) {
    const gradient = v128.and(share, isExtreme4(loadSome(x + l, part), y));
    storeSome(dx + l, add ? f32x4.add(loadSome(dx + l, part), gradient) : gradient, part);
  }
}

/** dx of numbers one behind the other. */
function runBackward(x: usize, dx: usize, length: i32, y: f32, dy: f32, add: i32): void {
  const whole = wholeBytes(length);
  const part = length & 3;
  const y4 = f32x4.splat(y);
  let counts = i32x4.splat(0);
  for (let l: usize = 0; l < whole; l += 16) counts = i32x4.sub(counts, isExtreme4(v128.load(x + l), y4));
  let count = i32x4.extract_lane(counts, 0) + i32x4.extract_lane(counts, 1);
  count += i32x4.extract_lane(counts, 2) + i32x4.extract_lane(counts, 3);
  for (let l = whole; l < <usize>length << 2; l += 4) {
    const number = load<f32>(x + l);
    count += i32(number == y || number != number);
  }
  const share = f32x4.splat(dy / <f32>count);
  for (let l: usize = 0; l < whole; l += 16) {
    const gradient = v128.and(share, isExtreme4(v128.load(x + l), y4));
    v128.store(dx + l, add ? f32x4.add(v128.load(dx + l), gradient) : gradient);
  }
  if (!part) return;
  const gradient = v128.and(share, isExtreme4(loadLanes(x + whole, part), y4));
  storeLanes(dx + whole, add ? f32x4.add(loadLanes(dx + whole, part), gradient) : gradient, part);
}
