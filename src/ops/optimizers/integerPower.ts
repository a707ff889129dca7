/**
 * base^exponent for an integer exponent ≥ 0, by repeated squaring: the powers of bias corrections. The same operations in
 * the same order as assembly/optimizers/integerPower.ts, so the same bits. Relative error below exponent · 2⁻⁵².
 */
export function integerPower(base: number, exponent: number): number {
  let result = 1;
  let square = base;
  for (let bits = exponent; bits > 0; bits = Math.floor(bits / 2)) {
    if (bits % 2 === 1) result *= square;
    square *= square;
  }
  return result;
}
