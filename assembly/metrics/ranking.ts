// How relevant items are to a row. The readable twin is src/ops/metrics/ranking.ts.

/** How relevant item j is to row i: of targets that name one item 1 for that, 0 for the others. */
// @ts-ignore: decorator
@inline
export function relevanceAt(target: usize, i: i32, j: i32, columns: i32, sparse: i32): f32 {
  if (sparse) return <f32>(load<f32>(target + ((<usize>i) << 2)) == <f32>j);
  return load<f32>(target + ((<usize>i * columns + j) << 2));
}

/** Whether the number is that of one of so many items. */
// @ts-ignore: decorator
@inline
export function isItem(number: f32, columns: i32): bool {
  return number >= 0 && number < <f32>columns && floor(number) == number;
}
