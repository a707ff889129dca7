/** From here on float32 has no room for every whole number. */
const EXACT_INTEGERS = 2 ** 24;

const isLarge = (value: number): boolean =>
  (value >= EXACT_INTEGERS || value <= -EXACT_INTEGERS) && Number.isInteger(value);

/**
 * The first whole number that is another one in float32, such as 16777217; undefined when there is none. Fractions do not
 * count: 0.1 never is itself.
 */
export function findLost(values: ArrayLike<number>): number | undefined {
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    // Nearly all are small. This loop often runs once, before it is compiled, and over everything that is given.
    if (value < EXACT_INTEGERS && value > -EXACT_INTEGERS) continue;
    if (isLarge(value) && Math.fround(value) !== value) return i;
  }
  return undefined;
}

/** Two different whole numbers that are one number in float32, such as times in milliseconds; undefined when there are none. */
export function findCollapse(values: ArrayLike<number>): readonly [number, number] | undefined {
  if (findLost(values) === undefined) return undefined;
  // Neighbours in order are what could be the same.
  const large = Float64Array.from(values).filter(isLarge).sort();
  for (let i = 1; i < large.length; i++) {
    if (large[i] !== large[i - 1] && Math.fround(large[i]) === Math.fround(large[i - 1]))
      return [large[i - 1], large[i]];
  }
  return undefined;
}
