// Cross-entropy of probabilities. Equations: src/ops/losses/crossentropy.ts.
// T reads the target. Sums over a row are taken in float64, four columns at a time; the smoothed target is
// t·(1 − α) + α/columns.
import { shareEnd, shareStart } from "../executor/threads";
import { clamp4, log4 } from "../simd/vector";
import { addFloat64, laneMask, loadLanes, storeLanes, sum2 } from "../simd/lanes";
import { EPSILON, LOSS_GRAIN, ONE_MINUS_EPSILON, SmoothedLossRow } from "./lossRow";

/** The sum of a row. */
// @ts-ignore: decorator
@inline
function sumOfRow(x: usize, vectorBytes: usize, tail: i32): f64 {
  let sums = f64x2.splat(0);
  for (let j: usize = 0; j < vectorBytes; j += 16) sums = addFloat64(sums, v128.load(x + j));
  if (tail) sums = addFloat64(sums, loadLanes(x + vectorBytes, tail));
  return sum2(sums);
}

/** −t·log(p limited to ε … 1 − ε) */
// @ts-ignore: decorator
@inline
function term(t: v128, p: v128): v128 {
  return f32x4.mul(f32x4.neg(t), log4(clamp4(p, EPSILON, ONE_MINUS_EPSILON)));
}

/** The derivative of `term` by p. */
// @ts-ignore: decorator
@inline
function slopeOf(t: v128, p: v128): v128 {
  const clipped = v128.or(f32x4.lt(p, f32x4.splat(EPSILON)), f32x4.gt(p, f32x4.splat(ONE_MINUS_EPSILON)));
  return v128.andnot(f32x4.div(f32x4.neg(t), p), clipped);
}

// @ts-ignore: decorator
@inline
export function forwardFromProbabilities<T>(row: usize): void {
  const r = changetype<SmoothedLossRow>(row);
  const columns = r.columns;
  const targets = r.target;
  const y = r.y;
  const keep = f32x4.splat(<f32>(1 - r.labelSmoothing));
  const perColumn = f32x4.splat(<f32>(r.labelSmoothing / <f64>columns));
  const tail = columns & 3;
  const mask = laneMask(tail);
  const vectorBytes = <usize>(columns - tail) << 2;
  const strideBytes = <usize>columns << 2;
  const end = shareEnd(r.rows, LOSS_GRAIN);
  let i = shareStart(r.rows, LOSS_GRAIN);
  let x = r.x + <usize>i * strideBytes;
  for (; i < end; i++) {
    const target = changetype<T>(0).locate(targets, i, strideBytes);
    const total = f32x4.splat(<f32>sumOfRow(x, vectorBytes, tail));
    let loss = f64x2.splat(0);
    for (let j: usize = 0; j < vectorBytes; j += 16) {
      const t = f32x4.add(f32x4.mul(changetype<T>(0).at(target, j), keep), perColumn);
      loss = addFloat64(loss, term(t, f32x4.div(v128.load(x + j), total)));
    }
    if (tail) {
      const t = f32x4.add(f32x4.mul(changetype<T>(0).tailAt(target, vectorBytes, tail), keep), perColumn);
      const p = f32x4.div(loadLanes(x + vectorBytes, tail), total);
      loss = addFloat64(loss, v128.and(term(t, p), mask));
    }
    store<f32>(y + ((<usize>i) << 2), <f32>sum2(loss));
    x += strideBytes;
  }
}

/** dx_j = dy·(g_j − Σ g_k·p_k) / S, where g is the slope and S the sum of the row. */
// @ts-ignore: decorator
@inline
export function backwardFromProbabilities<T>(row: usize): void {
  const r = changetype<SmoothedLossRow>(row);
  const columns = r.columns;
  const targets = r.target;
  const dy = r.dy;
  const keepOld = i32x4.splat(-r.addDx);
  const keep = f32x4.splat(<f32>(1 - r.labelSmoothing));
  const perColumn = f32x4.splat(<f32>(r.labelSmoothing / <f64>columns));
  const tail = columns & 3;
  const mask = laneMask(tail);
  const vectorBytes = <usize>(columns - tail) << 2;
  const strideBytes = <usize>columns << 2;
  const end = shareEnd(r.rows, LOSS_GRAIN);
  let i = shareStart(r.rows, LOSS_GRAIN);
  let x = r.x + <usize>i * strideBytes;
  let dx = r.dx + <usize>i * strideBytes;
  for (; i < end; i++) {
    const target = changetype<T>(0).locate(targets, i, strideBytes);
    const sum = sumOfRow(x, vectorBytes, tail);
    const total = f32x4.splat(<f32>sum);
    let products = f64x2.splat(0);
    for (let j: usize = 0; j < vectorBytes; j += 16) {
      const t = f32x4.add(f32x4.mul(changetype<T>(0).at(target, j), keep), perColumn);
      const p = f32x4.div(v128.load(x + j), total);
      products = addFloat64(products, f32x4.mul(slopeOf(t, p), p));
    }
    if (tail) {
      const t = f32x4.add(f32x4.mul(changetype<T>(0).tailAt(target, vectorBytes, tail), keep), perColumn);
      const p = f32x4.div(loadLanes(x + vectorBytes, tail), total);
      products = addFloat64(products, v128.and(f32x4.mul(slopeOf(t, p), p), mask));
    }
    const mean = f32x4.splat(<f32>sum2(products));
    const factor = f32x4.splat(<f32>(<f64>load<f32>(dy + ((<usize>i) << 2)) / sum));
    for (let j: usize = 0; j < vectorBytes; j += 16) {
      const t = f32x4.add(f32x4.mul(changetype<T>(0).at(target, j), keep), perColumn);
      const slope = slopeOf(t, f32x4.div(v128.load(x + j), total));
      const gradient = f32x4.mul(factor, f32x4.sub(slope, mean));
      v128.store(dx + j, f32x4.add(v128.and(v128.load(dx + j), keepOld), gradient));
    }
    if (tail) {
      const t = f32x4.add(f32x4.mul(changetype<T>(0).tailAt(target, vectorBytes, tail), keep), perColumn);
      const slope = slopeOf(t, f32x4.div(loadLanes(x + vectorBytes, tail), total));
      const kept = v128.and(loadLanes(dx + vectorBytes, tail), keepOld);
      storeLanes(dx + vectorBytes, f32x4.add(kept, f32x4.mul(factor, f32x4.sub(slope, mean))), tail);
    }
    x += strideBytes;
    dx += strideBytes;
  }
}
