// Where along an axis the largest or the smallest number stands: the first of equals, and the first NaN where there is one.
//
//   places[o, i] = arg max_l x[o, l, i]      x [outer, length, inner]   places, int32 [outer, inner]
//
// Four neighbours behind the axis go together, or four along it where nothing is behind.
import { loadSome, storeSome } from "../simd/lanes";
import { shareEnd, shareStart } from "../executor/threads";
import { select4 } from "../simd/vector";
import { wholeBytes } from "./rows";

// @ts-ignore: decorator
@unmanaged
export class PlacesRow {
  forward: u32;
  backward: u32;
  x: usize;
  places: usize;
  outer: i32;
  length: i32;
  inner: i32;
}

// @ts-ignore: decorator
@inline
export function placeExtremes<F>(row: usize): void {
  const r = changetype<PlacesRow>(row);
  const length = r.length;
  const inner = r.inner;
  const x = r.x;
  const places = r.places;
  if (inner == 1) {
    const end = shareEnd(r.outer, 1);
    for (let o = shareStart(r.outer, 1); o < end; o++) {
      store<i32>(places + (<usize>o << 2), placeInRun<F>(x + ((<usize>o * length) << 2), length));
    }
    return;
  }
  const stride = <usize>inner << 2;
  const groups = (inner + 3) >> 2;
  const end = shareEnd(r.outer * groups, 1);
  for (let item = shareStart(r.outer * groups, 1); item < end; item++) {
    const o = <usize>(item / groups);
    const j = (item % groups) << 2;
    const part = min(4, inner - j) & 3;
    const first = x + o * <usize>length * stride + (<usize>j << 2);
    const found = part ? placeInColumns<F>(first, length, stride, part) : placeInColumns<F>(first, length, stride, 0);
    storeSome(places + o * stride + (<usize>j << 2), found, part);
  }
}

/** All ones where the number takes the place of the best so far. */
// @ts-ignore: decorator
@inline
function isBetter4<F>(number: v128, best: v128): v128 {
  const isNew = v128.andnot(f32x4.ne(number, number), f32x4.ne(best, best));
  return v128.or(changetype<F>(0).beats4(number, best), isNew);
}

/** The places of four columns, or of `part` where that is not 0. */
// @ts-ignore: decorator
@inline
function placeInColumns<F>(x: usize, length: i32, stride: usize, part: i32): v128 {
  let best = loadSome(x, part);
  let places = i32x4.splat(0);
  for (let l = 1; l < length; l++) {
    x += stride;
    const number = loadSome(x, part);
    const isBetter = isBetter4<F>(number, best);
    best = select4(isBetter, number, best);
    places = select4(isBetter, i32x4.splat(l), places);
  }
  return places;
}

/** Whether `number` goes before `best`, the earlier of equals first. */
// @ts-ignore: decorator
@inline
function goesBefore<F>(number: f32, place: i32, best: f32, bestPlace: i32): bool {
  if (number != number || best != best) return number != number && (best == best || place < bestPlace);
  return changetype<F>(0).beats(number, best) || (number == best && place < bestPlace);
}

/** The place among numbers one behind the other: of each of four lanes, then among the lanes and what is behind them. */
// @ts-ignore: decorator
@inline
function placeInRun<F>(x: usize, count: i32): i32 {
  const whole = wholeBytes(count);
  let bestPlace = 0;
  if (whole) {
    let best = v128.load(x);
    let turns = i32x4.splat(0);
    for (let j: usize = 16; j < whole; j += 16) {
      const numbers = v128.load(x + j);
      const isBetter = isBetter4<F>(numbers, best);
      best = select4(isBetter, numbers, best);
      turns = select4(isBetter, i32x4.splat(<i32>(j >> 2)), turns);
    }
    bestPlace = i32x4.extract_lane(turns, 0);
    bestPlace = earlier<F>(x, bestPlace, i32x4.extract_lane(turns, 1) + 1);
    bestPlace = earlier<F>(x, bestPlace, i32x4.extract_lane(turns, 2) + 2);
    bestPlace = earlier<F>(x, bestPlace, i32x4.extract_lane(turns, 3) + 3);
  }
  for (let l = count & ~3; l < count; l++) bestPlace = earlier<F>(x, bestPlace, l);
  return bestPlace;
}

/** Of two places the one whose number goes before the other's. */
// @ts-ignore: decorator
@inline
function earlier<F>(x: usize, best: i32, place: i32): i32 {
  const number = load<f32>(x + (<usize>place << 2));
  return goesBefore<F>(number, place, load<f32>(x + (<usize>best << 2)), best) ? place : best;
}
