// L1 and L2 penalty of a weight: part of the loss, and of the weight's gradient.
//
//   loss += l1·Σ|w| + l2·Σw²        dw += l1·sign(w) + 2·l2·w
//
// The sums are in float64: two pairs of lanes in the order of the elements, then the last elements one by one.
import { addFloat64, sign4, sum2 } from "../simd/lanes";
import { isFirstThread, shareEnd, shareStart } from "../executor/threads";

// @ts-ignore: decorator
@unmanaged
class PenaltyRow {
  forward: u32;
  backward: u32;
  w: usize;
  dw: usize;
  addDw: i32;
  loss: usize;
  count: i32;
  l1: f64;
  l2: f64;
}

export function penaltyForward(row: usize, step: usize): void {
  if (!isFirstThread()) return;
  const r = changetype<PenaltyRow>(row);
  const w = r.w;
  const whole = w + (<usize>(r.count & ~3) << 2);
  const end = w + (<usize>r.count << 2);
  let absolutes = f64x2.splat(0);
  let squares = f64x2.splat(0);
  let i = w;
  for (; i < whole; i += 16) {
    const weights = v128.load(i);
    absolutes = addFloat64(absolutes, f32x4.abs(weights));
    squares = addFloat64(squares, f32x4.mul(weights, weights));
  }
  let absolute = sum2(absolutes);
  let square = sum2(squares);
  for (; i < end; i += 4) {
    const weight = <f64>load<f32>(i);
    absolute += abs(weight);
    square += weight * weight;
  }
  store<f64>(r.loss, load<f64>(r.loss) + r.l1 * absolute + r.l2 * square);
}

/** l1·sign(w) + 2·l2·w; NaN of a NaN weight. */
// @ts-ignore: decorator
@inline
function slope(w: v128, l1: v128, twiceL2: v128): v128 {
  return f32x4.add(f32x4.mul(l1, sign4(w)), f32x4.mul(twiceL2, w));
}

export function penaltyBackward(row: usize, step: usize): void {
  const r = changetype<PenaltyRow>(row);
  const w = r.w;
  const dw = r.dw;
  const add = r.addDw;
  const l1 = f32x4.splat(<f32>r.l1);
  const twiceL2 = f32x4.splat(<f32>(2 * r.l2));
  const end = <usize>shareEnd(r.count, 16) << 2;
  let i = <usize>shareStart(r.count, 16) << 2;
  for (; i + 16 <= end; i += 16) {
    const gradient = slope(v128.load(w + i), l1, twiceL2);
    v128.store(dw + i, add ? f32x4.add(v128.load(dw + i), gradient) : gradient);
  }
  for (; i < end; i += 4) {
    const gradient = f32x4.extract_lane(slope(v128.load32_splat(w + i), l1, twiceL2), 0);
    store<f32>(dw + i, add ? load<f32>(dw + i) + gradient : gradient);
  }
}
