/** Which of `count` rows an id names: negative ones count from the end. −1 where there is none. */
export function rowOf(id: number, count: number): number {
  const row = id < 0 ? id + count : id;
  return row >= 0 && row < count ? row : -1;
}
