/**
 * base^exponent for exponent ≥ 0, by repeated squaring. The same operations in the same order as
 * src/ops/optimizers/integerPower.ts, so the same bits.
 */
export function integerPower(base: f64, exponent: i32): f64 {
  let result: f64 = 1;
  let square = base;
  for (let bits = exponent; bits > 0; bits >>= 1) {
    if (bits & 1) result *= square;
    square *= square;
  }
  return result;
}
