// Hinge loss of a one-hot target.
//
//   pos_i = Σ_j target_ij·x_ij      neg_i = max_j (1 − target_ij)·x_ij      y_i = max(neg_i − pos_i + 1, 0)
//   dx_ij = dy_i · ((1 − target_ij)·[ij reaches neg_i] / (columns that reach it) − target_ij) where y_i > 0, else 0
import { shareEnd, shareStart } from "../executor/threads";
import { max4 } from "../simd/vector";
import { addFloat64, keepNaN, laneMask, loadLanes, storeLanes, sum2 } from "../simd/lanes";
import { LOSS_GRAIN, LossRow } from "./lossRow";

/** (1 − target)·x */
// @ts-ignore: decorator
@inline
function wrongPart(x: v128, target: v128): v128 {
  return f32x4.mul(f32x4.sub(f32x4.splat(1), target), x);
}

/** pos of a row, in float64. */
// @ts-ignore: decorator
@inline
function positiveOf(x: usize, target: usize, vectorBytes: usize, tail: i32): f32 {
  let sums = f64x2.splat(0);
  for (let j: usize = 0; j < vectorBytes; j += 16) {
    sums = addFloat64(sums, f32x4.mul(v128.load(target + j), v128.load(x + j)));
  }
  if (tail) {
    const product = f32x4.mul(loadLanes(target + vectorBytes, tail), loadLanes(x + vectorBytes, tail));
    sums = addFloat64(sums, product);
  }
  return <f32>sum2(sums);
}

/** neg of a row. A NaN may be lost here, and is in pos as well. */
// @ts-ignore: decorator
@inline
function negativeOf(x: usize, target: usize, vectorBytes: usize, tail: i32): f32 {
  const lowest = f32x4.splat(-Infinity);
  let max = lowest;
  for (let j: usize = 0; j < vectorBytes; j += 16) {
    max = f32x4.pmax(max, wrongPart(v128.load(x + j), v128.load(target + j)));
  }
  if (tail) {
    const wrong = wrongPart(loadLanes(x + vectorBytes, tail), loadLanes(target + vectorBytes, tail));
    max = f32x4.pmax(max, v128.bitselect(wrong, lowest, laneMask(tail)));
  }
  return max4(max);
}

/** How many columns reach neg. */
// @ts-ignore: decorator
@inline
function countReaching(x: usize, target: usize, vectorBytes: usize, tail: i32, negative: v128): i32 {
  let counts = i32x4.splat(0);
  for (let j: usize = 0; j < vectorBytes; j += 16) {
    counts = i32x4.sub(counts, f32x4.eq(wrongPart(v128.load(x + j), v128.load(target + j)), negative));
  }
  if (tail) {
    const wrong = wrongPart(loadLanes(x + vectorBytes, tail), loadLanes(target + vectorBytes, tail));
    counts = i32x4.sub(counts, v128.and(f32x4.eq(wrong, negative), laneMask(tail)));
  }
  return (
    i32x4.extract_lane(counts, 0) +
    i32x4.extract_lane(counts, 1) +
    i32x4.extract_lane(counts, 2) +
    i32x4.extract_lane(counts, 3)
  );
}

/** (1 − target)·share where the column reaches neg, minus target. */
// @ts-ignore: decorator
@inline
function slopeOf(x: v128, target: v128, negative: v128, share: v128): v128 {
  const reaches = f32x4.eq(wrongPart(x, target), negative);
  const ofNegative = f32x4.mul(f32x4.sub(f32x4.splat(1), target), v128.and(share, reaches));
  return f32x4.sub(ofNegative, target);
}

export function categoricalHingeForward(row: usize, step: usize): void {
  const r = changetype<LossRow>(row);
  const columns = r.columns;
  const y = r.y;
  const tail = columns & 3;
  const vectorBytes = <usize>(columns - tail) << 2;
  const strideBytes = <usize>columns << 2;
  const end = shareEnd(r.rows, LOSS_GRAIN);
  let i = shareStart(r.rows, LOSS_GRAIN);
  let x = r.x + <usize>i * strideBytes;
  let target = r.target + <usize>i * strideBytes;
  for (; i < end; i++) {
    const positive = positiveOf(x, target, vectorBytes, tail);
    const margin = negativeOf(x, target, vectorBytes, tail) - positive + 1;
    store<f32>(y + ((<usize>i) << 2), margin < 0 ? 0 : margin);
    x += strideBytes;
    target += strideBytes;
  }
}

export function categoricalHingeBackward(row: usize, step: usize): void {
  const r = changetype<LossRow>(row);
  const columns = r.columns;
  const dy = r.dy;
  const keepOld = i32x4.splat(-r.addDx);
  const tail = columns & 3;
  const vectorBytes = <usize>(columns - tail) << 2;
  const strideBytes = <usize>columns << 2;
  const end = shareEnd(r.rows, LOSS_GRAIN);
  let i = shareStart(r.rows, LOSS_GRAIN);
  let x = r.x + <usize>i * strideBytes;
  let dx = r.dx + <usize>i * strideBytes;
  let target = r.target + <usize>i * strideBytes;
  for (; i < end; i++) {
    const highest = negativeOf(x, target, vectorBytes, tail);
    const margin = highest - positiveOf(x, target, vectorBytes, tail) + 1;
    const negative = f32x4.splat(highest);
    const share = f32x4.splat(1 / <f32>countReaching(x, target, vectorBytes, tail, negative));
    // NaN in every column of a row that has one.
    const active = margin > 0 ? load<f32>(dy + ((<usize>i) << 2)) : 0;
    const factor = keepNaN(f32x4.splat(active), f32x4.splat(margin));
    for (let j: usize = 0; j < vectorBytes; j += 16) {
      const slope = slopeOf(v128.load(x + j), v128.load(target + j), negative, share);
      v128.store(dx + j, f32x4.add(v128.and(v128.load(dx + j), keepOld), f32x4.mul(factor, slope)));
    }
    if (tail) {
      const lanesOfX = loadLanes(x + vectorBytes, tail);
      const slope = slopeOf(lanesOfX, loadLanes(target + vectorBytes, tail), negative, share);
      const kept = v128.and(loadLanes(dx + vectorBytes, tail), keepOld);
      storeLanes(dx + vectorBytes, f32x4.add(kept, f32x4.mul(factor, slope)), tail);
    }
    x += strideBytes;
    dx += strideBytes;
    target += strideBytes;
  }
}
