/** Which of `count` rows an id names: negative ones count from the end. −1 where there is none. */
export function rowOf(id: number, count: number): number {
  const row = id < 0 ? id + count : id;
  return row >= 0 && row < count ? row : -1;
}

/** Numbers of scratch memory that listing ids by their rows takes: how many there are, counts of digits, two lists of pairs. */
export function listNumbers(count: number): number {
  return 2 + 256 + 4 * count;
}
