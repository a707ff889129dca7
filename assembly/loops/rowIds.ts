// Rows and places that int32 numbers name.

/** Which of `count` rows an id names: negative ones count from the end. −1 where there is none. */
// @ts-ignore: decorator
@inline
export function rowOf(id: i32, count: i32): i32 {
  const row = id < 0 ? id + count : id;
  return <u32>row < <u32>count ? row : -1;
}
