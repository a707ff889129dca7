// Losses made of one term for each pair of a prediction and its target. A loss names its formulas as an @unmanaged class
// whose methods inline fully: `term` and `slope`, the derivative of the term by x. Both get the option of the loss in
// all four lanes.
//
//   y_i = scale · Σ_j term(x_ij, target_ij)      dx_ij = dy_i · scale · slope(x_ij, target_ij)
//
// The sum of a row is taken in float64, four columns at a time.
import { shareEnd, shareStart } from "../executor/threads";
import { addFloat64, laneMask, loadLanes, storeLanes, sum2 } from "../simd/lanes";
import { LOSS_GRAIN, LossRow } from "./lossRow";

/** One column, so a matrix is a vector and each term a loss: y = term(x, target). */
// @ts-ignore: decorator
@inline
function forwardOfColumn<F>(r: LossRow, option: v128): void {
  const x = r.x;
  const y = r.y;
  const target = r.target;
  const end = <usize>shareEnd(r.rows, LOSS_GRAIN) << 2;
  let i = <usize>shareStart(r.rows, LOSS_GRAIN) << 2;
  for (; i + 16 <= end; i += 16) {
    v128.store(y + i, changetype<F>(0).term(v128.load(x + i), v128.load(target + i), option));
  }
  const tail = <i32>(end - i) >> 2;
  if (tail) {
    const term = changetype<F>(0).term(loadLanes(x + i, tail), loadLanes(target + i, tail), option);
    storeLanes(y + i, term, tail);
  }
}

// @ts-ignore: decorator
@inline
function forwardOfRows<F>(r: LossRow, scale: f64, option: v128): void {
  const columns = r.columns;
  const tail = columns & 3;
  const mask = laneMask(tail);
  const vectorBytes = <usize>(columns - tail) << 2;
  const strideBytes = <usize>columns << 2;
  const end = shareEnd(r.rows, LOSS_GRAIN);
  let i = shareStart(r.rows, LOSS_GRAIN);
  let x = r.x + <usize>i * strideBytes;
  let target = r.target + <usize>i * strideBytes;
  const y = r.y;
  for (; i < end; i++) {
    let sums = f64x2.splat(0);
    for (let j: usize = 0; j < vectorBytes; j += 16) {
      sums = addFloat64(sums, changetype<F>(0).term(v128.load(x + j), v128.load(target + j), option));
    }
    if (tail) {
      const lanesOfX = loadLanes(x + vectorBytes, tail);
      const term = changetype<F>(0).term(lanesOfX, loadLanes(target + vectorBytes, tail), option);
      sums = addFloat64(sums, v128.and(term, mask));
    }
    store<f32>(y + ((<usize>i) << 2), <f32>(scale * sum2(sums)));
    x += strideBytes;
    target += strideBytes;
  }
}

/** The forward kernel of a loss whose terms are added and multiplied by `scale`. */
// @ts-ignore: decorator
@inline
export function sumForward<F>(row: usize, scale: f64, option: v128): void {
  const r = changetype<LossRow>(row);
  if (r.columns == 1) forwardOfColumn<F>(r, option);
  else forwardOfRows<F>(r, scale, option);
}

/** The forward kernel of a loss that is the mean of its terms. */
// @ts-ignore: decorator
@inline
export function meanForward<F>(row: usize, option: v128): void {
  sumForward<F>(row, 1.0 / <f64>changetype<LossRow>(row).columns, option);
}

/** dx = (dx & keep) + dy·slope: `keep` is all ones where the gradient is added and 0 where it is stored. */
// @ts-ignore: decorator
@inline
function backwardOfColumn<F>(r: LossRow, keep: v128, option: v128): void {
  const x = r.x;
  const dx = r.dx;
  const dy = r.dy;
  const target = r.target;
  const end = <usize>shareEnd(r.rows, LOSS_GRAIN) << 2;
  let i = <usize>shareStart(r.rows, LOSS_GRAIN) << 2;
  for (; i + 16 <= end; i += 16) {
    const slope = changetype<F>(0).slope(v128.load(x + i), v128.load(target + i), option);
    const gradient = f32x4.mul(v128.load(dy + i), slope);
    v128.store(dx + i, f32x4.add(v128.and(v128.load(dx + i), keep), gradient));
  }
  const tail = <i32>(end - i) >> 2;
  if (tail) {
    const slope = changetype<F>(0).slope(loadLanes(x + i, tail), loadLanes(target + i, tail), option);
    const gradient = f32x4.mul(loadLanes(dy + i, tail), slope);
    storeLanes(dx + i, f32x4.add(v128.and(loadLanes(dx + i, tail), keep), gradient), tail);
  }
}

// @ts-ignore: decorator
@inline
function backwardOfRows<F>(r: LossRow, scale: f64, keep: v128, option: v128): void {
  const columns = r.columns;
  const tail = columns & 3;
  const vectorBytes = <usize>(columns - tail) << 2;
  const strideBytes = <usize>columns << 2;
  const end = shareEnd(r.rows, LOSS_GRAIN);
  let i = shareStart(r.rows, LOSS_GRAIN);
  let x = r.x + <usize>i * strideBytes;
  let dx = r.dx + <usize>i * strideBytes;
  let target = r.target + <usize>i * strideBytes;
  const dy = r.dy;
  for (; i < end; i++) {
    const factor = f32x4.splat(<f32>(scale * <f64>load<f32>(dy + ((<usize>i) << 2))));
    for (let j: usize = 0; j < vectorBytes; j += 16) {
      const slope = changetype<F>(0).slope(v128.load(x + j), v128.load(target + j), option);
      v128.store(dx + j, f32x4.add(v128.and(v128.load(dx + j), keep), f32x4.mul(factor, slope)));
    }
    if (tail) {
      const lanesOfX = loadLanes(x + vectorBytes, tail);
      const slope = changetype<F>(0).slope(lanesOfX, loadLanes(target + vectorBytes, tail), option);
      const kept = v128.and(loadLanes(dx + vectorBytes, tail), keep);
      storeLanes(dx + vectorBytes, f32x4.add(kept, f32x4.mul(factor, slope)), tail);
    }
    x += strideBytes;
    dx += strideBytes;
    target += strideBytes;
  }
}

/** The backward kernel that belongs to `sumForward`. */
// @ts-ignore: decorator
@inline
export function sumBackward<F>(row: usize, scale: f64, option: v128): void {
  const r = changetype<LossRow>(row);
  const keep = i32x4.splat(-r.addDx);
  if (r.columns == 1) backwardOfColumn<F>(r, keep, option);
  else backwardOfRows<F>(r, scale, keep, option);
}

/** The backward kernel that belongs to `meanForward`. */
// @ts-ignore: decorator
@inline
export function meanBackward<F>(row: usize, option: v128): void {
  sumBackward<F>(row, 1.0 / <f64>changetype<LossRow>(row).columns, option);
}
