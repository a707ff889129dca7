// Rows that int32 ids name, each once: the places of its ids follow each other in a list, from the first to the last.
//
// A stable radix sort, a byte of the rows' numbers at a time: its time grows with the ids, not with the rows there are.
import { addHigh, addLow, joinHalves, loadSome } from "../simd/lanes";
import { rowOf } from "./rowIds";

const DIGITS: i32 = 256;
/** Bytes of an entry of the list: the place of an id, behind it the row that the id names. */
export const ENTRY: usize = 8;
/** Numbers that are added in float32 before float64 takes their sum. */
const BLOCK: i32 = 16;

/** The list in a workspace: in front of it stand how many entries it has, and what sorting needs. */
// @ts-ignore: decorator
@inline
export function entriesIn(workspace: usize): usize {
  return workspace + 8 + (DIGITS << 2);
}

/** The row of an entry. */
// @ts-ignore: decorator
@inline
export function rowOfEntry(entry: usize): i32 {
  return load<i32>(entry, 4);
}

/** Lists the ids that name a row in a workspace of 258 + 4·count numbers. */
export function listPlaces(ids: usize, count: i32, rows: i32, workspace: usize): void {
  const entries = entriesIn(workspace);
  const spare = entries + <usize>count * ENTRY;
  let bits = 8;
  while (bits < 32 && <u32>(rows - 1) >> bits != 0) bits += 8;
  // The last of the passes writes the list.
  let from: usize = (bits >> 3) & 1 ? spare : entries;
  let end = from;
  for (let k = 0; k < count; k++) {
    const row = rowOf(load<i32>(ids + (<usize>k << 2)), rows);
    if (row < 0) continue;
    store<i32>(end, k);
    store<i32>(end, row, 4);
    end += ENTRY;
  }
  const bytes = end - from;
  store<i32>(workspace, <i32>(bytes / ENTRY));
  for (let shift = 0; shift < bits; shift += 8) {
    const to = from == entries ? spare : entries;
    sortByDigit(from, from + bytes, to, workspace + 8, shift);
    from = to;
  }
}

/** One pass, from list to list: entries of the same digit keep their order. */
function sortByDigit(from: usize, end: usize, to: usize, starts: usize, shift: i32): void {
  memory.fill(starts, 0, DIGITS << 2);
  for (let entry = from; entry < end; entry += ENTRY) {
    const at = starts + (<usize>((rowOfEntry(entry) >> shift) & (DIGITS - 1)) << 2);
    store<i32>(at, load<i32>(at) + 1);
  }
  let sum = 0;
  for (let at = starts; at < starts + (DIGITS << 2); at += 4) {
    const own = load<i32>(at);
    store<i32>(at, sum);
    sum += own;
  }
  for (let entry = from; entry < end; entry += ENTRY) {
    const at = starts + (<usize>((rowOfEntry(entry) >> shift) & (DIGITS - 1)) << 2);
    const place = load<i32>(at);
    store<i64>(to + <usize>place * ENTRY, load<i64>(entry));
    store<i32>(at, place + 1);
  }
}

/** The first entry, at `entry` of the list or behind it, that is the first of its row; `end` where there is none. */
export function firstOfRow(entry: usize, list: usize, end: usize): usize {
  if (entry == list || entry == end) return entry;
  const before = rowOfEntry(entry - ENTRY);
  while (entry < end && rowOfEntry(entry) == before) entry += ENTRY;
  return entry;
}

/**
 * The sum of four columns, or of `part` where that is not 0, over the places of entries. That of up to 16 is taken in float32, more
 * are so many blocks whose sums float64 takes.
 */
export function sumListed(entry: usize, end: usize, columns: usize, rowBytes: usize, part: i32): v128 {
  const isShort = end - entry <= <usize>BLOCK * ENTRY;
  let low = f64x2.splat(0);
  let high = low;
  while (true) {
    let sum = loadSome(columns + <usize>load<i32>(entry) * rowBytes, part);
    const blockEnd = min(end, entry + <usize>BLOCK * ENTRY);
    for (entry += ENTRY; entry < blockEnd; entry += ENTRY) {
      sum = f32x4.add(sum, loadSome(columns + <usize>load<i32>(entry) * rowBytes, part));
    }
    if (isShort) return sum;
    low = addLow(low, sum);
    high = addHigh(high, sum);
    if (entry == end) return joinHalves(low, high);
  }
}
