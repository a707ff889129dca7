/**
 * A fraction of a count, as it is written: 0.29 of 100 is 29, though the product in float64 is 28.999999999999996. Products that
 * are a few roundings away from a half or a whole number are that number.
 */
export function shareOf(count: number, fraction: number): number {
  const product = count * fraction;
  const nearest = Math.round(2 * product) / 2;
  return Math.abs(product - nearest) <= product * 2 ** -51 ? nearest : product;
}
