// Every thread runs the same program. A kernel asks for its share of a loop here; with one thread the share is all of
// it, and the compiler folds these functions away.

/** First index of this thread's share of `count`, a multiple of `grain`. */
// @ts-ignore: decorator
@inline
export function shareStart(count: i32, grain: i32): i32 {
  return 0;
}

/** One past the last index of this thread's share of `count`. */
// @ts-ignore: decorator
@inline
export function shareEnd(count: i32, grain: i32): i32 {
  return count;
}

/** Whether this thread does the work that is too small or too sequential to share. */
// @ts-ignore: decorator
@inline
export function isFirstThread(): bool {
  return true;
}

/** Offset of this thread's part of a workspace, of which every thread owns `bytes`. */
// @ts-ignore: decorator
@inline
export function workspaceOffset(bytes: i32): i32 {
  return 0;
}
