/** By parts, numbers at their ends by their value. */
export function compareNumbered(a: string, b: string): number {
  const [one, other] = [a, b].map((path) => path.split(/[/.]/));
  for (let i = 0; i < Math.min(one.length, other.length); i++) {
    if (one[i] === other[i]) continue;
    const [stem, number] = splitNumber(one[i]);
    const [otherStem, otherNumber] = splitNumber(other[i]);
    if (stem !== otherStem) return one[i] < other[i] ? -1 : 1;
    return number - otherNumber;
  }
  return one.length - other.length;
}

/** `dense_10` is `dense` number 10, `dense` number 0. */
export function splitNumber(part: string): [stem: string, number: number] {
  const [, stem, number] = /^(.*?)_?(\d+)$/.exec(part) ?? [];
  return number === undefined ? [part, -1] : [stem, Number(number)];
}
