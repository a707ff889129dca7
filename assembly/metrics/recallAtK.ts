// The share of the relevant items of a row that are among its first ones, and how many rows have relevant items.
//
//   sums[0] += Σ_rows w·#{j < kept : target at places_j > 0} / #{j : target_j > 0}        sums[1] += Σ_rows w
//
// scores, places (int32) [rows, kept]   target [rows] numbers of items when sparse, otherwise [rows, columns]
import { isFirstThread } from "../executor/threads";
import { isItem, relevanceAt } from "./ranking";
import { weightOf } from "./rowWeights";

// @ts-ignore: decorator
@unmanaged
class RecallAtKRow {
  forward: u32;
  backward: u32;
  scores: usize;
  target: usize;
  weight: usize;
  sums: usize;
  places: usize;
  rows: i32;
  columns: i32;
  kept: i32;
  sparse: i32;
  rowsPerWeight: i32;
}

/** How many of `count` numbers are above 0. */
function countPositive(row: usize, count: i32): i32 {
  let positive = 0;
  const end = row + ((<usize>count) << 2);
  for (let at = row; at < end; at += 4) positive += <i32>(load<f32>(at) > 0);
  return positive;
}

export function recallAtKForward(row: usize, step: usize): void {
  if (!isFirstThread()) return;
  const r = changetype<RecallAtKRow>(row);
  const target = r.target;
  const rows = r.rows;
  const columns = r.columns;
  const kept = r.kept;
  const sparse = r.sparse;
  let scores = r.scores;
  let places = r.places;
  let recalls: f64 = 0;
  let weights: f64 = 0;
  for (let i = 0; i < rows; i++) {
    const w = weightOf(r.weight, i, r.rowsPerWeight);
    const relevant = sparse
      ? <i32>isItem(load<f32>(target + ((<usize>i) << 2)), columns)
      : countPositive(target + ((<usize>i * columns) << 2), columns);
    if (w != 0 && relevant > 0) {
      let hits = 0;
      for (let j: usize = 0; j < <usize>kept << 2; j += 4) {
        const score = load<f32>(scores + j);
        hits += <i32>(score == score && relevanceAt(target, i, load<i32>(places + j), columns, sparse) > 0);
      }
      recalls += (w * <f64>hits) / <f64>relevant;
      weights += w;
    }
    scores += <usize>kept << 2;
    places += <usize>kept << 2;
  }
  store<f64>(r.sums, load<f64>(r.sums) + recalls);
  store<f64>(r.sums, load<f64>(r.sums, 8) + weights, 8);
}
