// What the kernels of recurrent rows share: copies of states, dropout, masks. Parts of rows may begin at any float32.
import { loadLanes, storeLanes } from "../simd/lanes";
import { randomBits4 } from "../simd/random";

/** to = from, `count` floats. */
// @ts-ignore: decorator
@inline
export function copyFloats(from: usize, to: usize, count: i32): void {
  memory.copy(to, from, <usize>count << 2);
}

// @ts-ignore: decorator
@inline
export function zeroFloats(to: usize, count: i32): void {
  memory.fill(to, 0, <usize>count << 2);
}

/** to += from */
export function addFloats(from: usize, to: usize, count: i32): void {
  const end = from + (<usize>(count & ~3) << 2);
  for (; from < end; from += 16) {
    v128.store(to, f32x4.add(v128.load(to), v128.load(from)));
    to += 16;
  }
  const part = count & 3;
  if (part) storeLanes(to, f32x4.add(loadLanes(to, part), loadLanes(from, part)), part);
}

/** to = a·b */
export function multiplyFloats(a: usize, b: usize, to: usize, count: i32): void {
  const end = a + (<usize>(count & ~3) << 2);
  for (; a < end; a += 16) {
    v128.store(to, f32x4.mul(v128.load(a), v128.load(b)));
    b += 16;
    to += 16;
  }
  const part = count & 3;
  if (part) storeLanes(to, f32x4.mul(loadLanes(a, part), loadLanes(b, part)), part);
}

/** The states of samples at the beginning: rows of a tensor, zeros where there is none, `toRow` bytes apart. */
export function loadStates(from: usize, first: i32, rows: i32, units: i32, to: usize, toRow: usize): void {
  for (let i = 0; i < rows; i++) {
    if (from) copyFloats(from + (<usize>((first + i) * units) << 2), to, units);
    else zeroFloats(to, units);
    to += toRow;
  }
}

/** The states of samples at the end, into a tensor, if there is one. */
export function storeStates(from: usize, fromRow: usize, first: i32, rows: i32, units: i32, to: usize, add: bool): void {
  if (!to) return;
  to += <usize>(first * units) << 2;
  for (let i = 0; i < rows; i++) {
    if (add) addFloats(from, to, units);
    else copyFloats(from, to, units);
    from += fromRow;
    to += <usize>units << 2;
  }
}

/** What the states of samples are multiplied with: 0 or 1/(1 − rate). */
export function dropoutScales(key: u32, rate: f64, first: i32, rows: i32, units: i32, to: usize, toRow: usize): void {
  const scale = f32x4.splat(<f32>(1 / (1 - rate)));
  // In units of 2⁻²⁴ the comparison is one of integers, and exact.
  const threshold = i32x4.splat(<i32>Math.ceil(rate * 16777216));
  for (let i = 0; i < rows; i++) {
    const index = (first + i) * units;
    for (let j = 0; j < units; j += 4) {
      const keeps = i32x4.ge_s(i32x4.shr_u(randomBits4(key, index + j), 8), threshold);
      const at = to + (<usize>j << 2);
      if (j + 4 <= units) v128.store(at, v128.and(scale, keeps));
      else storeLanes(at, v128.and(scale, keeps), units - j);
    }
    to += toRow;
  }
}

/** For each sample the number of the first step whose place counts; `time` where none does. */
export function firstSteps(mask: usize, first: i32, rows: i32, time: i32, backwards: bool, to: usize): void {
  for (let i = 0; i < rows; i++) {
    const places = mask + (<usize>((first + i) * time) << 2);
    let s = 0;
    if (mask) while (s < time && load<f32>(places + (<usize>(backwards ? time - 1 - s : s) << 2)) == 0) s++;
    store<i32>(to + (<usize>i << 2), s);
  }
}

/**
 * Where a sample's output of step s stands: of all steps in their order (`sequences` 1) or the other way round (2), or of the last
 * one (0); 0 where it stands nowhere.
 */
// @ts-ignore: decorator
@inline
export function outputAt(y: usize, sequences: i32, sample: i32, time: i32, s: i32, units: i32): usize {
  if (sequences) return y + (<usize>((sample * time + (sequences == 2 ? time - 1 - s : s)) * units) << 2);
  return s == time - 1 ? y + (<usize>(sample * units) << 2) : 0;
}

/** Applies the dropout to the states that are kept of samples, once nobody needs them as they were. */
export function dropStates(
  hidden: usize,
  first: i32,
  rows: i32,
  time: i32,
  units: i32,
  scales: usize,
  scalesRow: usize,
): void {
  let at = hidden + (<usize>(first * time * units) << 2);
  for (let i = 0; i < rows; i++) {
    for (let t = 0; t < time; t++) {
      multiplyFloats(at, scales, at, units);
      at += <usize>units << 2;
    }
    scales += scalesRow;
  }
}
