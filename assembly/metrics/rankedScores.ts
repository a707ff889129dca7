// How many positive and negative targets have which prediction, as a list that is sorted and shortened when it is full.
//
//   sums[0] = length of the list        sums[1 + 3j …] = prediction, positives, negatives
//
// What happens to a full list: src/ops/metrics/rankedScores.ts.
import { isFirstThread } from "../executor/threads";
import { weightOf } from "./rowWeights";

// @ts-ignore: decorator
@unmanaged
class RankedScoresRow {
  forward: u32;
  backward: u32;
  x: usize;
  target: usize;
  weight: usize;
  sums: usize;
  rows: i32;
  columns: i32;
  capacity: i32;
  rowsPerWeight: i32;
}

/** Bytes of an entry. */
const ENTRY: usize = 24;

// @ts-ignore: decorator
@unmanaged
class Entry {
  score: f64;
  positives: f64;
  negatives: f64;
}

// @ts-ignore: decorator
@inline
function scoreAt(first: usize, index: i32): f64 {
  return load<f64>(first + <usize>index * ENTRY);
}

/** Lets the entry at `index` sink below larger ones in the heap of `length` entries. */
function sift(first: usize, index: i32, length: i32): void {
  const top = first + <usize>index * ENTRY;
  const score = load<f64>(top);
  const positives = load<f64>(top, 8);
  const negatives = load<f64>(top, 16);
  let parent = index;
  for (;;) {
    let child = 2 * parent + 1;
    if (child >= length) break;
    if (child + 1 < length && scoreAt(first, child + 1) > scoreAt(first, child)) child++;
    if (scoreAt(first, child) <= score) break;
    memory.copy(first + <usize>parent * ENTRY, first + <usize>child * ENTRY, ENTRY);
    parent = child;
  }
  const place = first + <usize>parent * ENTRY;
  store<f64>(place, score);
  store<f64>(place, positives, 8);
  store<f64>(place, negatives, 16);
}

/** Sorts by score, from the lowest: heapsort (Williams 1964), which needs no memory. */
function sort(first: usize, length: i32): void {
  for (let i = length / 2 - 1; i >= 0; i--) sift(first, i, length);
  for (let end = length - 1; end > 0; end--) {
    const last = changetype<Entry>(first + <usize>end * ENTRY);
    const score = last.score;
    const positives = last.positives;
    const negatives = last.negatives;
    memory.copy(changetype<usize>(last), first, ENTRY);
    store<f64>(first, score);
    store<f64>(first, positives, 8);
    store<f64>(first, negatives, 16);
    sift(first, 0, end);
  }
}

/** Joins neighbours of equal score; returns how many entries are left. */
function joinEqual(first: usize, length: i32): i32 {
  let kept = first;
  const end = first + <usize>length * ENTRY;
  for (let at = first + ENTRY; at < end; at += ENTRY) {
    const before = changetype<Entry>(kept);
    const entry = changetype<Entry>(at);
    if (before.score == entry.score) {
      before.positives += entry.positives;
      before.negatives += entry.negatives;
    } else {
      kept += ENTRY;
      memory.copy(kept, at, ENTRY);
    }
  }
  return <i32>((kept - first) / ENTRY) + 1;
}

/** Joins neighbours that together hold at most `limit` of all; returns how many entries are left. */
function joinSmall(first: usize, length: i32, limit: f64): i32 {
  const end = first + <usize>length * ENTRY;
  let positives: f64 = 0;
  let negatives: f64 = 0;
  for (let at = first; at < end; at += ENTRY) {
    positives += changetype<Entry>(at).positives;
    negatives += changetype<Entry>(at).negatives;
  }
  const perPositive = 1 / max<f64>(1, positives);
  const perNegative = 1 / max<f64>(1, negatives);
  let kept = first;
  for (let at = first + ENTRY; at < end; at += ENTRY) {
    const before = changetype<Entry>(kept);
    const entry = changetype<Entry>(at);
    const share = before.positives * perPositive + before.negatives * perNegative;
    const added = entry.positives * perPositive + entry.negatives * perNegative;
    const score = (before.score * share + entry.score * added) / (share + added);
    // Not of infinite scores.
    if (share + added <= limit && score - score == 0) {
      before.score = score;
      before.positives += entry.positives;
      before.negatives += entry.negatives;
    } else {
      kept += ENTRY;
      memory.copy(kept, at, ENTRY);
    }
  }
  return <i32>((kept - first) / ENTRY) + 1;
}

/** Shortens a full list, and returns its new length. */
function shorten(first: usize, capacity: i32): i32 {
  sort(first, capacity);
  let length = joinEqual(first, capacity);
  if (length > capacity / 2) length = joinSmall(first, length, 8 / <f64>capacity);
  memory.fill(first + <usize>length * ENTRY, 0, <usize>(capacity - length) * ENTRY);
  return length;
}

export function rankedScoresForward(row: usize, step: usize): void {
  if (!isFirstThread()) return;
  const r = changetype<RankedScoresRow>(row);
  const x = r.x;
  const target = r.target;
  const first = r.sums + 8;
  const capacity = r.capacity;
  const rows = r.rows;
  const stride = (<usize>r.columns) << 2;
  let length = <i32>load<f64>(r.sums);
  for (let row = 0; row < rows; row++) {
    const w = weightOf(r.weight, row, r.rowsPerWeight);
    if (w == 0) continue;
    const begin = <usize>row * stride;
    for (let i = begin; i < begin + stride; i += 4) {
      if (length == capacity) length = shorten(first, capacity);
      const entry = changetype<Entry>(first + <usize>length * ENTRY);
      const score = <f64>load<f32>(x + i);
      const isPositive = load<f32>(target + i) > 0;
      entry.score = score == score ? score : -Infinity;
      entry.positives = isPositive ? w : 0;
      entry.negatives = isPositive ? 0 : w;
      length++;
    }
  }
  store<f64>(r.sums, <f64>length);
}
