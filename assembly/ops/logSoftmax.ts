// Logarithms of the softmax, along the last axis.
//
//   y_j = x_j − m − log Σ_k e^(x_k − m)      m = max_k x_k      x, y [rows, columns]
//   dx_j = dy_j − e^(y_j)·Σ_k dy_k
import { addFloat64, laneMask, loadLanes, storeLanes, sum2 } from "../simd/lanes";
import { rowMaximum, RowwiseRow, wholeBytes } from "../loops/rows";
import { shareEnd, shareStart } from "../executor/threads";
import { exp4, log4 } from "../simd/vector";

/** log Σ_j e^(x_j − m), in every lane. */
// @ts-ignore: decorator
@inline
function logarithmOfSum(x: usize, m: v128, whole: usize, part: i32): v128 {
  let sums = f64x2.splat(0);
  for (let j: usize = 0; j < whole; j += 16) sums = addFloat64(sums, exp4(f32x4.sub(v128.load(x + j), m)));
  if (part) {
    const power = exp4(f32x4.sub(loadLanes(x + whole, part), m));
    sums = addFloat64(sums, v128.and(power, laneMask(part)));
  }
  return log4(f32x4.splat(<f32>sum2(sums)));
}

/** Σ_j dy_j */
// @ts-ignore: decorator
@inline
function rowSum(dy: usize, whole: usize, part: i32): f64 {
  let sums = f64x2.splat(0);
  for (let j: usize = 0; j < whole; j += 16) sums = addFloat64(sums, v128.load(dy + j));
  if (part) sums = addFloat64(sums, loadLanes(dy + whole, part));
  return sum2(sums);
}

export function logSoftmaxForward(row: usize, step: usize): void {
  const r = changetype<RowwiseRow>(row);
  const stride = <usize>r.columns << 2;
  const whole = wholeBytes(r.columns);
  const part = r.columns & 3;
  const first = <usize>shareStart(r.rows, 1) * stride;
  const end = r.x + <usize>shareEnd(r.rows, 1) * stride;
  let y = r.y + first;
  for (let x = r.x + first; x < end; x += stride) {
    const m = f32x4.splat(rowMaximum(x, whole, part));
    const logarithm = logarithmOfSum(x, m, whole, part);
    for (let j: usize = 0; j < whole; j += 16) {
      v128.store(y + j, f32x4.sub(f32x4.sub(v128.load(x + j), m), logarithm));
    }
    if (part) storeLanes(y + whole, f32x4.sub(f32x4.sub(loadLanes(x + whole, part), m), logarithm), part);
    y += stride;
  }
}

export function logSoftmaxBackward(row: usize, step: usize): void {
  const r = changetype<RowwiseRow>(row);
  const stride = <usize>r.columns << 2;
  const whole = wholeBytes(r.columns);
  const part = r.columns & 3;
  const add = r.addDx;
  const first = <usize>shareStart(r.rows, 1) * stride;
  const end = r.y + <usize>shareEnd(r.rows, 1) * stride;
  let dy = r.dy + first;
  let dx = r.dx + first;
  for (let y = r.y + first; y < end; y += stride) {
    const sum = f32x4.splat(<f32>rowSum(dy, whole, part));
    for (let j: usize = 0; j < whole; j += 16) {
      const gradient = f32x4.sub(v128.load(dy + j), f32x4.mul(exp4(v128.load(y + j)), sum));
      v128.store(dx + j, add ? f32x4.add(v128.load(dx + j), gradient) : gradient);
    }
    if (part) {
      const probability = exp4(loadLanes(y + whole, part));
      const gradient = f32x4.sub(loadLanes(dy + whole, part), f32x4.mul(probability, sum));
      storeLanes(dx + whole, add ? f32x4.add(loadLanes(dx + whole, part), gradient) : gradient, part);
    }
    dy += stride;
    dx += stride;
  }
}
