import { type Dimension, followLength, partsOf, sizeAt, sizeFrom } from "./dimension";

/** a ÷ b, undefined where that is no size for every batch. */
export function dividedBy(a: Dimension, b: Dimension): Dimension | undefined {
  const [x, y] = [partsOf(a), partsOf(b)];
  const lengths = [...x.lengths];
  for (const length of y.lengths) {
    const place = lengths.findIndex((other) => String(other) === String(length));
    if (place < 0) return undefined;
    lengths.splice(place, 1);
  }
  if (y.factor === 0 || x.power < y.power) return undefined;
  if (x.factor % y.factor === 0) return sizeFrom(x.factor / y.factor, x.power - y.power, lengths);
  if (x.power > y.power || lengths.length === 0) return undefined;
  // 6·length ÷ 4: whole for the lengths that data may have.
  const [rest, divisor] = [sizeFrom(x.factor, 0, lengths), y.factor];
  return followLength((length) => {
    const quotient = sizeAt(rest, { batchSize: 1, length }) / divisor;
    return Number.isInteger(quotient) ? quotient : undefined;
  });
}

/** a + b, undefined where that is no such size. */
export function plus(a: Dimension, b: Dimension): Dimension | undefined {
  const [x, y] = [partsOf(a), partsOf(b)];
  if (x.power !== y.power) return undefined;
  if (String(x.lengths) === String(y.lengths)) return sizeFrom(x.factor + y.factor, x.power, x.lengths);
  if (x.power > 0) return undefined;
  return followLength((length) => sizeAt(a, { batchSize: 1, length }) + sizeAt(b, { batchSize: 1, length }));
}
