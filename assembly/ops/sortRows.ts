// The numbers of each row in order, and of them the first `columnsKept`. Equals stay in their order, NaN comes last.
//
//   y[i, j] = x[i, places[i, j]]      dx[i, places[i, j]] = dy[i, j], 0 elsewhere
//   x [rows, columns]   y, places (int32) [rows, columnsKept]
//
// Numbers are sorted by keys: unsigned integers in the order of the numbers. A few are inserted one after the other into a
// list of the first ones so far; more go through a radix sort, byte after byte.
import { fillRun } from "../loops/axes";
import { shareEnd, shareStart, workspaceOf } from "../executor/threads";

/** Most numbers of a list into which others are inserted. */
const SHORT: i32 = 48;
/** The key of NaN. */
const LAST: u32 = 0xffffffff;

// @ts-ignore: decorator
@unmanaged
class SortRowsRow {
  forward: u32;
  backward: u32;
  x: usize;
  dx: usize;
  addDx: i32;
  y: usize;
  dy: usize;
  workspace: usize;
  places: usize;
  rows: i32;
  columns: i32;
  descending: i32;
  columnsKept: i32;
}

/** Keys of smaller numbers are smaller, or larger where `descending`; 0 and −0 have one. */
// @ts-ignore: decorator
@inline
function keyOf(number: f32, descending: i32): u32 {
  if (number != number) return LAST;
  const bits = reinterpret<u32>(number + 0);
  // The bits of negative numbers grow as the numbers fall.
  const key = bits >> 31 ? ~bits : bits | 0x80000000;
  return descending ? ~key : key;
}

export function sortRowsForward(row: usize, step: usize): void {
  const r = changetype<SortRowsRow>(row);
  const columns = r.columns;
  const kept = r.columnsKept;
  const keys = workspaceOf(r.workspace);
  const end = shareEnd(r.rows, 1);
  for (let i = shareStart(r.rows, 1); i < end; i++) {
    const x = r.x + ((<usize>i * columns) << 2);
    const first = (<usize>i * kept) << 2;
    const sorted = kept <= SHORT ? insertAll(x, columns, kept, r.descending, keys) : sortBytes(x, columns, r.descending, keys);
    for (let j: usize = 0; j < <usize>kept << 2; j += 4) {
      const place = load<i32>(sorted + j);
      store<i32>(r.places + first + j, place);
      store<f32>(r.y + first + j, load<f32>(x + (<usize>place << 2)));
    }
  }
}

/** The places of the first `kept` numbers, in order: an address in the workspace. */
function insertAll(x: usize, columns: i32, kept: i32, descending: i32, keys: usize): usize {
  const places = keys + (<usize>kept << 2);
  let count = 0;
  for (let place = 0; place < columns; place++) {
    const key = keyOf(load<f32>(x + (<usize>place << 2)), descending);
    if (count == kept) {
      if (key >= load<u32>(keys + (<usize>(kept - 1) << 2))) continue;
      count--;
    }
    // Behind all that are not larger, so that equals stay in their order.
    let at = <usize>count << 2;
    while (at && load<u32>(keys + at - 4) > key) {
      store<u32>(keys + at, load<u32>(keys + at - 4));
      store<i32>(places + at, load<i32>(places + at - 4));
      at -= 4;
    }
    store<u32>(keys + at, key);
    store<i32>(places + at, place);
    count++;
  }
  return places;
}

/** The places of all numbers, in order: an address in the workspace. */
function sortBytes(x: usize, columns: i32, descending: i32, keys: usize): usize {
  const bytes = <usize>columns << 2;
  let places = keys + bytes;
  let otherKeys = places + bytes;
  let otherPlaces = otherKeys + bytes;
  const counts = otherPlaces + bytes;
  for (let place = 0; place < columns; place++) {
    const at = <usize>place << 2;
    store<u32>(keys + at, keyOf(load<f32>(x + at), descending));
    store<i32>(places + at, place);
  }
  for (let shift: u32 = 0; shift < 32; shift += 8) {
    startsOfBytes(keys, bytes, shift, counts);
    for (let i: usize = 0; i < bytes; i += 4) {
      const key = load<u32>(keys + i);
      const at = counts + <usize>(((key >> shift) & 255) << 2);
      const target = load<u32>(at);
      store<u32>(at, target + 1);
      store<u32>(otherKeys + <usize>(target << 2), key);
      store<i32>(otherPlaces + <usize>(target << 2), load<i32>(places + i));
    }
    const sortedKeys = otherKeys;
    otherKeys = keys;
    keys = sortedKeys;
    const sortedPlaces = otherPlaces;
    otherPlaces = places;
    places = sortedPlaces;
  }
  return places;
}

/** counts[256] = how many keys have a smaller byte at `shift`. */
function startsOfBytes(keys: usize, bytes: usize, shift: u32, counts: usize): void {
  memory.fill(counts, 0, 1024);
  for (let i: usize = 0; i < bytes; i += 4) {
    const at = counts + <usize>(((load<u32>(keys + i) >> shift) & 255) << 2);
    store<u32>(at, load<u32>(at) + 1);
  }
  let sum: u32 = 0;
  for (let at = counts; at < counts + 1024; at += 4) {
    const own = load<u32>(at);
    store<u32>(at, sum);
    sum += own;
  }
}

export function sortRowsBackward(row: usize, step: usize): void {
  const r = changetype<SortRowsRow>(row);
  const columns = r.columns;
  const keptBytes = <usize>r.columnsKept << 2;
  const add = r.addDx;
  const end = shareEnd(r.rows, 1);
  for (let i = shareStart(r.rows, 1); i < end; i++) {
    const dx = r.dx + ((<usize>i * columns) << 2);
    const first = <usize>i * keptBytes;
    if (!add && r.columnsKept < columns) fillRun(dx, columns, 0, 0);
    for (let j = first; j < first + keptBytes; j += 4) {
      const at = dx + (<usize>load<i32>(r.places + j) << 2);
      const gradient = load<f32>(r.dy + j);
      store<f32>(at, add ? load<f32>(at) + gradient : gradient);
    }
  }
}
