// Loops that sum a function of the error x − target in float64, for metrics.

// @ts-ignore: decorator
@unmanaged
export class ErrorSumRow {
  forward: u32;
  backward: u32;
  x: usize;
  target: usize;
  sums: usize;
  rows: i32;
  columns: i32;
}

/**
 * sums[0] += Σ F.of(x − target), sums[1] += rows·columns. Each of four lanes is summed from the first element to the last,
 * then (0 + 2) + (1 + 3) and the elements behind the last whole vector. Errors are differences in float64, so exact.
 */
// @ts-ignore: decorator
@inline
export function addErrors<F>(r: ErrorSumRow): void {
  const x = r.x;
  const target = r.target;
  const count = r.rows * r.columns;
  const wholeEnd = (<usize>(count & ~3)) << 2;
  const end = (<usize>count) << 2;
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  let i: usize = 0;
  for (; i < wholeEnd; i += 16) {
    const p = v128.load(x + i);
    const t = v128.load(target + i);
    const pHigh = i8x16.shuffle(p, p, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15);
    const tHigh = i8x16.shuffle(t, t, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15);
    const first = f64x2.sub(f64x2.promote_low_f32x4(p), f64x2.promote_low_f32x4(t));
    const second = f64x2.sub(f64x2.promote_low_f32x4(pHigh), f64x2.promote_low_f32x4(tHigh));
    low = f64x2.add(low, changetype<F>(0).of(first));
    high = f64x2.add(high, changetype<F>(0).of(second));
  }
  const pairs = f64x2.add(low, high);
  let sum = f64x2.extract_lane(pairs, 0) + f64x2.extract_lane(pairs, 1);
  for (; i < end; i += 4) {
    const error = f64x2.splat(<f64>load<f32>(x + i) - <f64>load<f32>(target + i));
    sum += f64x2.extract_lane(changetype<F>(0).of(error), 0);
  }
  store<f64>(r.sums, load<f64>(r.sums) + sum);
  store<f64>(r.sums, load<f64>(r.sums, 8) + <f64>count, 8);
}
