// Probabilities from logits, along the last axis.
//
//   y_j = e^(x_j − m) / Σ_k e^(x_k − m)      m = max_k x_k      x, y [rows, columns]
//   dx_j = y_j·(dy_j − Σ_k dy_k·y_k)
import { addFloat64, laneMask, loadLanes, storeLanes, sum2 } from "../simd/lanes";
import { rowMaximum, RowwiseRow, wholeBytes } from "../loops/rows";
import { shareEnd, shareStart } from "../executor/threads";
import { compactExp4 } from "../simd/outOfLine";

/** y_j = e^(x_j − m); returns Σ_j y_j. */
// @ts-ignore: decorator
@inline
function exponentials(x: usize, y: usize, whole: usize, part: i32): f64 {
  const m = f32x4.splat(rowMaximum(x, whole, part));
  let sums = f64x2.splat(0);
  for (let j: usize = 0; j < whole; j += 16) {
    const power = compactExp4(f32x4.sub(v128.load(x + j), m));
    v128.store(y + j, power);
    sums = addFloat64(sums, power);
  }
  if (part) {
    const power = compactExp4(f32x4.sub(loadLanes(x + whole, part), m));
    storeLanes(y + whole, power, part);
    sums = addFloat64(sums, v128.and(power, laneMask(part)));
  }
  return sum2(sums);
}

/** Σ_j a_j·b_j */
// @ts-ignore: decorator
@inline
function dotProduct(a: usize, b: usize, whole: usize, part: i32): f64 {
  let sums = f64x2.splat(0);
  for (let j: usize = 0; j < whole; j += 16) sums = addFloat64(sums, f32x4.mul(v128.load(a + j), v128.load(b + j)));
  if (part) {
    const product = f32x4.mul(loadLanes(a + whole, part), loadLanes(b + whole, part));
    sums = addFloat64(sums, product);
  }
  return sum2(sums);
}

export function softmaxForward(row: usize, step: usize): void {
  const r = changetype<RowwiseRow>(row);
  const stride = <usize>r.columns << 2;
  const whole = wholeBytes(r.columns);
  const part = r.columns & 3;
  const first = <usize>shareStart(r.rows, 1) * stride;
  const end = r.x + <usize>shareEnd(r.rows, 1) * stride;
  let y = r.y + first;
  for (let x = r.x + first; x < end; x += stride) {
    const factor = f32x4.splat(<f32>(1 / exponentials(x, y, whole, part)));
    for (let j: usize = 0; j < whole; j += 16) v128.store(y + j, f32x4.mul(v128.load(y + j), factor));
    if (part) storeLanes(y + whole, f32x4.mul(loadLanes(y + whole, part), factor), part);
    y += stride;
  }
}

export function softmaxBackward(row: usize, step: usize): void {
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
    const mean = f32x4.splat(<f32>dotProduct(y, dy, whole, part));
    for (let j: usize = 0; j < whole; j += 16) {
      const gradient = f32x4.mul(v128.load(y + j), f32x4.sub(v128.load(dy + j), mean));
      v128.store(dx + j, add ? f32x4.add(v128.load(dx + j), gradient) : gradient);
    }
    if (part) {
      const difference = f32x4.sub(loadLanes(dy + whole, part), mean);
      const gradient = f32x4.mul(loadLanes(y + whole, part), difference);
      storeLanes(dx + whole, add ? f32x4.add(loadLanes(dx + whole, part), gradient) : gradient, part);
    }
    dy += stride;
    dx += stride;
  }
}
