// Cross-entropy of logits. Equations: src/ops/losses/crossentropy.ts.
// T at the address `kind` reads the target. Sums over a row are taken in float64, four columns at a time; the smoothed target is
// t·(1 − α) + α/columns.
import { shareEnd, shareStart } from "../executor/threads";
import { compactExp4, compactLog4 } from "../simd/outOfLine";
import { max4 } from "../simd/vector";
import { addFloat64, laneMask, loadLanes, storeLanes, sum2 } from "../simd/lanes";
import { DenseTarget, EitherTarget, SparseTarget } from "./crossentropyTargets";
import { LOSS_GRAIN, SmoothedLossRow } from "./lossRow";

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
  return <f64>f32x4.extract_lane(compactLog4(f32x4.splat(<f32>value)), 0);
}

/** t·s, but 0 where t is 0: a logit of −∞ costs nothing where nothing is expected. */
// @ts-ignore: decorator
@inline
function expectedPart(t: v128, s: v128): v128 {
  return v128.and(f32x4.mul(t, s), f32x4.ne(t, f32x4.splat(0)));
}

/**
 * With s_j = x_j − max and L = log Σ e^s_j: y = Σ_j t_j·(L − s_j), where t is the smoothed target. Taken apart, so that
 * one pass over the row is enough: y = L·Σt − (1 − α)·Σ target_j·s_j − α/columns·Σ s_j.
 */
// @ts-ignore: decorator
@inline
function forward<T>(row: usize, kind: usize): void {
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
    const target = changetype<T>(kind).locate(targets, i, strideBytes);
    const max = f32x4.splat(largest(x, columns));
    let exponentials = f64x2.splat(0);
    let all = f64x2.splat(0);
    let expected = f64x2.splat(0);
    let weights = f64x2.splat(0);
    for (let j: usize = 0; j < vectorBytes; j += 16) {
      const s = f32x4.sub(v128.load(x + j), max);
      const t = changetype<T>(kind).at(target, j);
      exponentials = addFloat64(exponentials, compactExp4(s));
      all = addFloat64(all, s);
      expected = addFloat64(expected, expectedPart(t, s));
      weights = addFloat64(weights, t);
    }
    if (tail) {
      const s = f32x4.sub(loadLanes(x + vectorBytes, tail), max);
      const t = changetype<T>(kind).tailAt(target, vectorBytes, tail);
      exponentials = addFloat64(exponentials, v128.and(compactExp4(s), mask));
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
function backward<T>(row: usize, kind: usize): void {
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
    const target = changetype<T>(kind).locate(targets, i, strideBytes);
    const max = f32x4.splat(largest(x, columns));
    let exponentials = f64x2.splat(0);
    let weights = f64x2.splat(0);
    for (let j: usize = 0; j < vectorBytes; j += 16) {
      exponentials = addFloat64(exponentials, compactExp4(f32x4.sub(v128.load(x + j), max)));
      weights = addFloat64(weights, changetype<T>(kind).at(target, j));
    }
    if (tail) {
      const s = f32x4.sub(loadLanes(x + vectorBytes, tail), max);
      exponentials = addFloat64(exponentials, v128.and(compactExp4(s), mask));
      weights = addFloat64(weights, changetype<T>(kind).tailAt(target, vectorBytes, tail));
    }
    const gradient = <f64>load<f32>(dy + ((<usize>i) << 2));
    const keep = (1 - labelSmoothing) * gradient;
    const perExponential = f32x4.splat(
      <f32>((keep * sum2(weights) + labelSmoothing * gradient) / sum2(exponentials)),
    );
    const perTarget = f32x4.splat(<f32>keep);
    const perColumn = f32x4.splat(<f32>((labelSmoothing * gradient) / <f64>columns));
    for (let j: usize = 0; j < vectorBytes; j += 16) {
      const e = compactExp4(f32x4.sub(v128.load(x + j), max));
      const t = f32x4.add(f32x4.mul(changetype<T>(kind).at(target, j), perTarget), perColumn);
      const slope = f32x4.sub(f32x4.mul(e, perExponential), t);
      v128.store(dx + j, f32x4.add(v128.and(v128.load(dx + j), keepOld), slope));
    }
    if (tail) {
      const e = compactExp4(f32x4.sub(loadLanes(x + vectorBytes, tail), max));
      const t = f32x4.mul(changetype<T>(kind).tailAt(target, vectorBytes, tail), perTarget);
      const slope = f32x4.sub(f32x4.mul(e, perExponential), f32x4.add(t, perColumn));
      const kept = v128.and(loadLanes(dx + vectorBytes, tail), keepOld);
      storeLanes(dx + vectorBytes, f32x4.add(kept, slope), tail);
    }
    x += strideBytes;
    dx += strideBytes;
  }
}

function forwardOfEither(row: usize, kind: usize): void {
  forward<EitherTarget>(row, kind);
}

function backwardOfEither(row: usize, kind: usize): void {
  backward<EitherTarget>(row, kind);
}

/** The kernel for class numbers or for probabilities; in builds that are made to be small one for both. */
// @ts-ignore: decorator
@inline
export function forwardFromLogits(row: usize, isSparse: bool): void {
  if (ASC_SHRINK_LEVEL > 0) forwardOfEither(row, isSparse);
  else if (isSparse) forward<SparseTarget>(row, 0);
  else forward<DenseTarget>(row, 0);
}

/** The kernel for class numbers or for probabilities; in builds that are made to be small one for both. */
// @ts-ignore: decorator
@inline
export function backwardFromLogits(row: usize, isSparse: bool): void {
  if (ASC_SHRINK_LEVEL > 0) backwardOfEither(row, isSparse);
  else if (isSparse) backward<SparseTarget>(row, 0);
  else backward<DenseTarget>(row, 0);
}
