// Cross-entropy over the columns of a row, for the four combinations of predictions (probabilities, logits) and targets
// (probabilities, class numbers). Equations: src/ops/losses/crossentropy.ts. T reads the target: four columns of a row.
// Sums over a row are taken in float64, four columns at a time; the smoothed target is t·(1 − s) + s/columns.
import { shareEnd, shareStart } from "../threads";
import { clamp4, exp4, log4, max4 } from "../vector";
import { addFloat64, laneMask, loadLanes, storeLanes, sum2 } from "./lanes";
import { EPSILON, LOSS_GRAIN, ONE_MINUS_EPSILON, SmoothedLossRow } from "./lossRow";

/** Targets are a matrix of probabilities. What locates row i is the address of its first column. */
// @ts-ignore: decorator
@unmanaged
export class DenseTarget {
  // @ts-ignore: decorator
  @inline
  locate(target: usize, i: i32, strideBytes: usize): usize {
    return target + <usize>i * strideBytes;
  }

  /** Four columns from byte `j` of the row on. */
  // @ts-ignore: decorator
  @inline
  at(location: usize, j: usize): v128 {
    return v128.load(location + j);
  }

  /** The last columns of the row, 0 in the other lanes. */
  // @ts-ignore: decorator
  @inline
  tailAt(location: usize, j: usize, tail: i32): v128 {
    return loadLanes(location + j, tail);
  }
}

/** Targets are class numbers. What locates row i is the byte of that class in the row. */
// @ts-ignore: decorator
@unmanaged
export class SparseTarget {
  // @ts-ignore: decorator
  @inline
  locate(target: usize, i: i32, strideBytes: usize): usize {
    return <usize>(<i32>load<f32>(target + ((<usize>i) << 2)) << 2);
  }

  // @ts-ignore: decorator
  @inline
  at(location: usize, j: usize): v128 {
    const isClass = i32x4.eq(i32x4.splat(<i32>(location - j)), i32x4(0, 4, 8, 12));
    return v128.and(isClass, f32x4.splat(1));
  }

  // @ts-ignore: decorator
  @inline
  tailAt(location: usize, j: usize, tail: i32): v128 {
    return this.at(location, j);
  }
}

// ── logits ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The largest of a row. A NaN may be lost here, and comes back in every exponential. */
// @ts-ignore: decorator
@inline
function largest(x: usize, columns: i32): f32 {
  const end = x + ((<usize>columns) << 2);
  if (columns < 4) {
    let max = load<f32>(x);
    for (let address = x + 4; address < end; address += 4) {
      const value = load<f32>(address);
      max = max < value ? value : max;
    }
    return max;
  }
  // The last vector may overlap the one before it.
  const last = end - 16;
  let max = v128.load(last);
  for (let address = x; address < last; address += 16) max = f32x4.pmax(max, v128.load(address));
  return max4(max);
}

/** The natural logarithm of one number. */
// @ts-ignore: decorator
@inline
function logarithm(value: f64): f64 {
  return <f64>f32x4.extract_lane(log4(f32x4.splat(<f32>value)), 0);
}

/** t·s, but 0 where t is 0: a logit of −∞ costs nothing where nothing is expected. */
// @ts-ignore: decorator
@inline
function expectedPart(t: v128, s: v128): v128 {
  return v128.and(f32x4.mul(t, s), f32x4.ne(t, f32x4.splat(0)));
}

/**
 * With s_j = x_j − max and L = log Σ e^s_j: y = Σ_j t_j·(L − s_j), where t is the smoothed target. Taken apart, so that
 * one pass over the row is enough: y = L·Σt − (1 − s)·Σ target·s_j − s/columns·Σ s_j.
 */
// @ts-ignore: decorator
@inline
export function forwardFromLogits<T>(row: usize): void {
  const r = changetype<SmoothedLossRow>(row);
  const columns = r.columns;
  const labelSmoothing = r.labelSmoothing;
  const targets = r.target;
  const y = r.y;
  const tail = columns & 3;
  const mask = laneMask(tail);
  const vectorBytes = <usize>(columns - tail) << 2;
  const strideBytes = <usize>columns << 2;
  const end = shareEnd(r.rows, LOSS_GRAIN);
  let i = shareStart(r.rows, LOSS_GRAIN);
  let x = r.x + <usize>i * strideBytes;
  for (; i < end; i++) {
    const target = changetype<T>(0).locate(targets, i, strideBytes);
    const max = f32x4.splat(largest(x, columns));
    let exponentials = f64x2.splat(0);
    let all = f64x2.splat(0);
    let expected = f64x2.splat(0);
    let weights = f64x2.splat(0);
    for (let j: usize = 0; j < vectorBytes; j += 16) {
      const s = f32x4.sub(v128.load(x + j), max);
      const t = changetype<T>(0).at(target, j);
      exponentials = addFloat64(exponentials, exp4(s));
      all = addFloat64(all, s);
      expected = addFloat64(expected, expectedPart(t, s));
      weights = addFloat64(weights, t);
    }
    if (tail) {
      const s = f32x4.sub(loadLanes(x + vectorBytes, tail), max);
      const t = changetype<T>(0).tailAt(target, vectorBytes, tail);
      exponentials = addFloat64(exponentials, v128.and(exp4(s), mask));
      all = addFloat64(all, v128.and(s, mask));
      expected = addFloat64(expected, expectedPart(t, s));
      weights = addFloat64(weights, t);
    }
    const keep = 1 - labelSmoothing;
    let loss = logarithm(sum2(exponentials)) * (keep * sum2(weights) + labelSmoothing) - keep * sum2(expected);
    if (labelSmoothing > 0) loss -= (labelSmoothing / <f64>columns) * sum2(all);
    store<f32>(y + ((<usize>i) << 2), <f32>loss);
    x += strideBytes;
  }
}

/** dx_j = dy·(e^s_j / Σ e^s_k · Σt − t_j) */
// @ts-ignore: decorator
@inline
export function backwardFromLogits<T>(row: usize): void {
  const r = changetype<SmoothedLossRow>(row);
  const columns = r.columns;
  const labelSmoothing = r.labelSmoothing;
  const targets = r.target;
  const dy = r.dy;
  const keepOld = i32x4.splat(-r.addDx);
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
    const max = f32x4.splat(largest(x, columns));
    let exponentials = f64x2.splat(0);
    let weights = f64x2.splat(0);
    for (let j: usize = 0; j < vectorBytes; j += 16) {
      exponentials = addFloat64(exponentials, exp4(f32x4.sub(v128.load(x + j), max)));
      weights = addFloat64(weights, changetype<T>(0).at(target, j));
    }
    if (tail) {
      const s = f32x4.sub(loadLanes(x + vectorBytes, tail), max);
      exponentials = addFloat64(exponentials, v128.and(exp4(s), mask));
      weights = addFloat64(weights, changetype<T>(0).tailAt(target, vectorBytes, tail));
    }
    const gradient = <f64>load<f32>(dy + ((<usize>i) << 2));
    const keep = (1 - labelSmoothing) * gradient;
    const perExponential = f32x4.splat(
      <f32>((keep * sum2(weights) + labelSmoothing * gradient) / sum2(exponentials)),
    );
    const perTarget = f32x4.splat(<f32>keep);
    const perColumn = f32x4.splat(<f32>((labelSmoothing * gradient) / <f64>columns));
    for (let j: usize = 0; j < vectorBytes; j += 16) {
      const e = exp4(f32x4.sub(v128.load(x + j), max));
      const t = f32x4.add(f32x4.mul(changetype<T>(0).at(target, j), perTarget), perColumn);
      const slope = f32x4.sub(f32x4.mul(e, perExponential), t);
      v128.store(dx + j, f32x4.add(v128.and(v128.load(dx + j), keepOld), slope));
    }
    if (tail) {
      const e = exp4(f32x4.sub(loadLanes(x + vectorBytes, tail), max));
      const t = f32x4.mul(changetype<T>(0).tailAt(target, vectorBytes, tail), perTarget);
      const slope = f32x4.sub(f32x4.mul(e, perExponential), f32x4.add(t, perColumn));
      const kept = v128.and(loadLanes(dx + vectorBytes, tail), keepOld);
      storeLanes(dx + vectorBytes, f32x4.add(kept, slope), tail);
    }
    x += strideBytes;
    dx += strideBytes;
  }
}

// ── probabilities ────────────────────────────────────────────────────────────────────────────────────────────────────

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
