// Every thread runs the same program over the same memory. A kernel asks for its share of a loop here, and all threads wait
// for each other between the rows of a program. In builds without threads the share is the whole loop, nothing waits, and
// the compiler folds these functions away.
import { resetParts, takeNext, waitForAll } from "./barrier";

// Globals belong to the instance, and every thread has an instance of its own.
let threadIndex: i32 = 0;
let threadCount: i32 = 1;
let barrier: usize = 0;
let limitNanoseconds: i64 = 0;
let ownWorkspace: usize = 0;
/** Arrivals with which the last barrier was complete. */
let arrivals: i32 = 0;
/** Whether barriers since `countArrivalsFrom` are an odd number. */
let parity: i32 = 0;
/** First index of the part that `takePart` has given this thread, and one past its last. */
export let partStart: i32 = 0;
export let partEnd: i32 = 0;

/**
 * Makes this instance thread `index` of `count`, whose barrier block stands at `barrierAddress`. A thread that waits longer than
 * the limit for another takes it for dead. The first thread works in the scratch memory that rows name, the others in their
 * own.
 */
export function setThread(index: i32, count: i32, barrierAddress: usize, limitMilliseconds: i32, workspace: usize): void {
  threadIndex = index;
  threadCount = count;
  barrier = barrierAddress;
  limitNanoseconds = <i64>limitMilliseconds * 1_000_000;
  ownWorkspace = workspace;
}

/** Begins a run whose barriers count arrivals from here. */
export function countArrivalsFrom(before: i32): void {
  arrivals = before;
  parity = 0;
}

export function currentBarrier(): usize {
  return barrier;
}

export function currentThread(): i32 {
  return threadIndex;
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

/** One of so many parts of a thread's share is its rest, which all threads may take, in so many parts. */
const RESTS_OF_A_SHARE: i32 = 4;
const PARTS_OF_A_REST: i32 = 4;

/**
 * Shares a loop among threads of uneven speed: sets `partStart` and `partEnd` to the next part of `count` for this thread, and
 * is false when there are none. `round` counts from 0. First come three quarters of the thread's own share, which its caches
 * know from earlier rows; what is left goes to whoever has time. For results that do not depend on where parts begin, and for
 * one loop between two barriers.
 */
export function takePart(count: i32, grain: i32, round: i32): bool {
  if (!ASC_FEATURE_THREADS || threadCount == 1) {
    partStart = 0;
    partEnd = count;
    return round == 0;
  }
  if (round == 0) {
    partStart = startOf(threadIndex, count, grain);
    partEnd = min(count, restOf(threadIndex, count, grain));
    return true;
  }
  const taken = takeNext(barrier, parity);
  if (taken >= PARTS_OF_A_REST * threadCount) return false;
  const thread = taken % threadCount;
  const part = taken / threadCount;
  const rest = restOf(thread, count, grain);
  const grains = (startOf(thread + 1, count, grain) - rest) / grain;
  partStart = rest + ((grains * part) / PARTS_OF_A_REST) * grain;
  partEnd = min(count, rest + ((grains * (part + 1)) / PARTS_OF_A_REST) * grain);
  return true;
}

/** The same for loops that one thread must not begin and another end: this thread's share is its only part. */
export function takeShare(count: i32, grain: i32, round: i32): bool {
  partStart = shareStart(count, grain);
  partEnd = shareEnd(count, grain);
  return round == 0;
}

/** Where the rest of a thread's share begins. */
function restOf(thread: i32, count: i32, grain: i32): i32 {
  const end = startOf(thread + 1, count, grain);
  const grains = (end - startOf(thread, count, grain)) / grain;
  return end - (grains / RESTS_OF_A_SHARE) * grain;
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
export function synchronize(): bool {
  if (ASC_FEATURE_THREADS) return threadCount == 1 || synchronizeAll();
  return true;
}

function synchronizeAll(): bool {
  arrivals += threadCount;
  const isMet = waitForAll(barrier, arrivals, limitNanoseconds);
  // No thread takes parts of a loop before this barrier any more.
  if (threadIndex == 0) resetParts(barrier, parity);
  parity ^= 1;
  return isMet;
}
