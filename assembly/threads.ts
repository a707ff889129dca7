// Every thread runs the same program over the same memory. A kernel asks for its share of a loop here, and between the
// rows of a program all threads meet. In builds without threads the share is all of it, nobody meets, and the compiler
// folds these functions away.
import { meetTeam } from "./team";

// Globals belong to the instance, and every thread has an instance of its own.
let threadIndex: i32 = 0;
let threadCount: i32 = 1;
let team: usize = 0;
let limitNanoseconds: i64 = 0;
let ownWorkspace: usize = 0;
/** Arrivals with which the last meeting was complete. */
let arrivals: i32 = 0;

/**
 * Makes this instance thread `index` of `count`, whose team block stands at `teamAddress`. A thread that waits longer than
 * the limit for another takes it for dead. The first thread works in the scratch memory that rows name, the others in their
 * own.
 */
export function setThread(index: i32, count: i32, teamAddress: usize, limitMilliseconds: i32, workspace: usize): void {
  threadIndex = index;
  threadCount = count;
  team = teamAddress;
  limitNanoseconds = <i64>limitMilliseconds * 1_000_000;
  ownWorkspace = workspace;
}

/** Begins a run in which meetings are counted from here. */
export function countArrivalsFrom(before: i32): void {
  arrivals = before;
}

export function currentTeam(): usize {
  return team;
}

export function currentThread(): i32 {
  return threadIndex;
}

/** How many threads share the work. */
// @ts-ignore: decorator
@inline
export function sharers(): i32 {
  if (ASC_FEATURE_THREADS) return threadCount;
  return 1;
}

/** First index of this thread's share of `count`, a multiple of `grain`. */
// @ts-ignore: decorator
@inline
export function shareStart(count: i32, grain: i32): i32 {
  if (ASC_FEATURE_THREADS) return startOf(threadIndex, count, grain);
  return 0;
}

/** One past the last index of this thread's share of `count`. */
// @ts-ignore: decorator
@inline
export function shareEnd(count: i32, grain: i32): i32 {
  if (ASC_FEATURE_THREADS) return min(count, startOf(threadIndex + 1, count, grain));
  return count;
}

/** Where the share of a thread begins when whole grains are dealt out evenly. */
function startOf(thread: i32, count: i32, grain: i32): i32 {
  const grains = (count + grain - 1) / grain;
  return <i32>((<i64>grains * thread) / threadCount) * grain;
}

/** Whether this thread does the work that is too small or too sequential to share. */
// @ts-ignore: decorator
@inline
export function isFirstThread(): bool {
  if (ASC_FEATURE_THREADS) return threadIndex == 0;
  return true;
}

/** This thread's scratch memory, given that of the first. */
// @ts-ignore: decorator
@inline
export function workspaceOf(first: usize): usize {
  if (ASC_FEATURE_THREADS) return threadIndex ? ownWorkspace : first;
  return first;
}

/**
 * Waits for all threads: what any of them wrote before, each can read afterwards. A kernel may call it, if all threads
 * call it equally often. False, from then on always, when a thread did not come in time.
 */
// @ts-ignore: decorator
@inline
export function meet(): bool {
  if (ASC_FEATURE_THREADS) return threadCount == 1 || meetOthers();
  return true;
}

function meetOthers(): bool {
  arrivals += threadCount;
  return meetTeam(team, arrivals, limitNanoseconds);
}
