// Cosine of the angle between prediction and target, negated.
//
//   a_i = min(1/‖x_i‖, 1/ε)      b_i = min(1/‖target_i‖, 1/ε)      s_i = a_i·b_i·Σ_j x_ij·target_ij
//   y_i = −s_i      dx_ij = −dy_i · a_i·(b_i·target_ij − s_i·a_i·x_ij), without the second term where ‖x_i‖ ≤ ε
import { shareEnd, shareStart } from "../executor/threads";
import { loadLanes, storeLanes, sum2 } from "../simd/lanes";
import { LOSS_GRAIN, LossRow } from "./lossRow";

/** 1/ε */
const LARGEST_INVERSE: f64 = 1e7;

/** sums, two float64 lanes, plus the products of the first two lanes of a and b, then of the last two. */
// @ts-ignore: decorator
@inline
function addProducts(sums: v128, a: v128, b: v128): v128 {
  const highA = i8x16.shuffle(a, a, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15);
  const highB = i8x16.shuffle(b, b, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15);
  const low = f64x2.mul(f64x2.promote_low_f32x4(a), f64x2.promote_low_f32x4(b));
  return f64x2.add(sums, f64x2.add(low, f64x2.mul(f64x2.promote_low_f32x4(highA), f64x2.promote_low_f32x4(highB))));
}

/** Σ a·b over a row, in float64, where float32 would overflow from 2e19 on. */
// @ts-ignore: decorator
@inline
function dot(a: usize, b: usize, vectorBytes: usize, tail: i32): f64 {
  let sums = f64x2.splat(0);
  for (let j: usize = 0; j < vectorBytes; j += 16) sums = addProducts(sums, v128.load(a + j), v128.load(b + j));
  if (tail) sums = addProducts(sums, loadLanes(a + vectorBytes, tail), loadLanes(b + vectorBytes, tail));
  return sum2(sums);
}

/** min(1/√square, 1/ε), NaN for NaN. */
// @ts-ignore: decorator
@inline
function inverseNorm(square: f64): f64 {
  const inverse = 1 / sqrt(square);
  return inverse > LARGEST_INVERSE ? LARGEST_INVERSE : inverse;
}

export function cosineSimilarityForward(row: usize, step: usize): void {
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
    const a = inverseNorm(dot(x, x, vectorBytes, tail));
    const b = inverseNorm(dot(target, target, vectorBytes, tail));
    store<f32>(y + ((<usize>i) << 2), <f32>(-a * b * dot(x, target, vectorBytes, tail)));
    x += strideBytes;
    target += strideBytes;
  }
}

export function cosineSimilarityBackward(row: usize, step: usize): void {
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
    const a = inverseNorm(dot(x, x, vectorBytes, tail));
    const b = inverseNorm(dot(target, target, vectorBytes, tail));
    const similarity = a * b * dot(x, target, vectorBytes, tail);
    const factor = -a * <f64>load<f32>(dy + ((<usize>i) << 2));
    const perTarget = f32x4.splat(<f32>(factor * b));
    const perX = f32x4.splat(a == LARGEST_INVERSE ? 0 : <f32>(-factor * similarity * a));
    for (let j: usize = 0; j < vectorBytes; j += 16) {
      const ofTarget = f32x4.mul(v128.load(target + j), perTarget);
      const gradient = f32x4.add(ofTarget, f32x4.mul(v128.load(x + j), perX));
      v128.store(dx + j, f32x4.add(v128.and(v128.load(dx + j), keepOld), gradient));
    }
    if (tail) {
      const ofTarget = f32x4.mul(loadLanes(target + vectorBytes, tail), perTarget);
      const gradient = f32x4.add(ofTarget, f32x4.mul(loadLanes(x + vectorBytes, tail), perX));
      const kept = v128.and(loadLanes(dx + vectorBytes, tail), keepOld);
      storeLanes(dx + vectorBytes, f32x4.add(kept, gradient), tail);
    }
    x += strideBytes;
    dx += strideBytes;
    target += strideBytes;
  }
}
