// Normalized discounted cumulative gain of the first items of each row, and how many rows have relevant items.
//
//   gain(t) = 2^t − 1, 0 for t ≤ 0
//   d_i = Σ_j discounts_j·gain(target at places_ij)        b_i = Σ_j discounts_j·gain(ideal_ij), gain(1)·discounts_0 when sparse
//   sums[0] += Σ_rows w·d_i / b_i        sums[1] += Σ_rows w
//
// scores, places (int32), ideal [rows, kept]   target [rows] numbers of items when sparse, otherwise [rows, columns]
import { isFirstThread } from "../executor/threads";
import { isItem, relevanceAt } from "./ranking";
import { weightOf } from "./rowWeights";

// @ts-ignore: decorator
@unmanaged
class NdcgAtKRow {
  forward: u32;
  backward: u32;
  scores: usize;
  target: usize;
  ideal: usize;
  discounts: usize;
  weight: usize;
  sums: usize;
  places: usize;
  rows: i32;
  columns: i32;
  kept: i32;
  sparse: i32;
  rowsPerWeight: i32;
}

const LN2: f64 = 0.6931471805599453;

/** 2^n of a whole n up to 1023; below −1022 it stays at 2^−1022. */
// @ts-ignore: decorator
@inline
function powerOfTwo(n: f64): f64 {
  return reinterpret<f64>((<i64>max<f64>(n, -1022) + 1023) << 52);
}

/** e^x − 1 for 0 ≤ x < log 2: the series up to x^18 / 18!, whose rest is below 1e-20. */
function expMinusOne(x: f64): f64 {
  let term = x;
  let sum = x;
  for (let n: f64 = 2; n <= 18; n++) {
    term *= x / n;
    sum += term;
  }
  return sum;
}

/**
 * (2^t − 1) / 2^scale for t < scale + 1, a whole scale: the quotient of gains is the same, and none is too large for a number.
 * With n = ⌊t⌋ it is 2^(n − scale)·(2^(t − n) − 1) + (2^(n − scale) − 2^−scale).
 */
function scaledGain(t: f64, scale: f64): f64 {
  if (!(t > 0)) return 0;
  const n = floor(t);
  const power = powerOfTwo(n - scale);
  const part = t == n ? 0 : power * expMinusOne((t - n) * LN2);
  return part + (power - powerOfTwo(-scale));
}

/** Σ_j discounts_j·gain(ideal_j) / 2^scale */
function gainOfIdeal(ideal: usize, discounts: usize, bytes: usize, scale: f64): f64 {
  let sum: f64 = 0;
  for (let j: usize = 0; j < bytes; j += 4) {
    sum += <f64>load<f32>(discounts + j) * scaledGain(<f64>load<f32>(ideal + j), scale);
  }
  return sum;
}

export function ndcgAtKForward(row: usize, step: usize): void {
  if (!isFirstThread()) return;
  const r = changetype<NdcgAtKRow>(row);
  const target = r.target;
  const discounts = r.discounts;
  const rows = r.rows;
  const columns = r.columns;
  const sparse = r.sparse;
  const bytes = <usize>r.kept << 2;
  let scores = r.scores;
  let places = r.places;
  let ideal = r.ideal;
  let gains: f64 = 0;
  let weights: f64 = 0;
  for (let i = 0; i < rows; i++) {
    const w = weightOf(r.weight, i, r.rowsPerWeight);
    const largest = sparse
      ? <f64>isItem(load<f32>(target + ((<usize>i) << 2)), columns)
      : <f64>load<f32>(ideal);
    if (w != 0 && largest > 0) {
      const scale = floor(largest);
      const best = sparse
        ? <f64>load<f32>(discounts) * scaledGain(1, scale)
        : gainOfIdeal(ideal, discounts, bytes, scale);
      let sum: f64 = 0;
      for (let j: usize = 0; j < bytes; j += 4) {
        const score = load<f32>(scores + j);
        if (score != score) continue;
        const relevance = relevanceAt(target, i, load<i32>(places + j), columns, sparse);
        sum += <f64>load<f32>(discounts + j) * scaledGain(<f64>relevance, scale);
      }
      gains += (w * sum) / best;
      weights += w;
    }
    scores += bytes;
    places += bytes;
    ideal += bytes;
  }
  store<f64>(r.sums, load<f64>(r.sums) + gains);
  store<f64>(r.sums, load<f64>(r.sums, 8) + weights, 8);
}
