// How the threads of one memory wait for each other, in the builds with threads only. A thread spins first, because most
// waits are over within a microsecond, then sleeps, so that idle threads cost nothing.
//
// All shared words stand in a block of `barrierBytes`. Words that are in use at the same time have a cache line each.

/** Bytes of the block. */
export const barrierBytes: i32 = 128;

/** How many commands the first thread has given, how many threads sleep until the next, and the last one. */
const COMMANDS: usize = 0;
const IDLE: usize = 4;
const COMMAND: usize = 8;
/** How many parts of a loop have been taken: after an even number of barriers, and after an odd one. */
const TAKEN: usize = 48;
/** How often threads arrived at the barrier, how many sleep until all have, and when not 0: why they no longer meet. */
const ARRIVALS: usize = 64;
const ASLEEP: usize = 68;
const FAILED: usize = 72;

/**
 * Looks at a word before going to sleep, the least and the most: about 35 microseconds and 1.4 milliseconds.
 *
 * Long enough for rows that take one thread longer than another and for what happens between two slices, because sleep is
 * dear: systems like to wake a thread on the processor of the one that wakes it, where both take turns while another idles.
 * Short where threads outnumber processors, and who spins keeps another from arriving.
 */
const LEAST_SPINS: i32 = 50_000;
const MOST_SPINS: i32 = 2_000_000;
/** Nanoseconds after which a sleeping thread looks for a command, or asks whether others have ended. */
const SLEEP: i64 = 250_000_000;
/** Why threads no longer meet: one has ended or did not come in time, or one met an error. */
export const LOST: i32 = 1;
export const TRAPPED: i32 = 2;
/** More arrivals than one barrier can have. */
const MANY_ARRIVALS: i32 = 1 << 30;

/** Whether a thread is known to have ended. Only who leads can know; no other thread must wait for JavaScript. */
// @ts-ignore: decorator
@external("env", "othersHaveEnded")
declare function othersHaveEnded(): bool;

/** How often to look: twice as often behind every wait that spinning was enough for, half as often behind others. */
let spins: i32 = MOST_SPINS;

/** Looks at a word until it has counted up to `target`; counts may wrap around. False when it has not for a while. */
function spin(word: usize, target: i32): bool {
  for (let left = spins; left > 0; left--) if (atomic.load<i32>(word) - target >= 0) return true;
  return false;
}

/**
 * Sleeps until a word has counted up to `target`. False after `limit` nanoseconds, and when others have ended meanwhile.
 *
 * The result of the wait must be looked at: where it was dropped and the word compared again, V8's baseline compiler in
 * Node 20 (not its optimiser, not Node 26) made code that returned false for a sleeper that had been woken in time.
 */
function sleep(word: usize, target: i32, sleepers: usize, limit: i64): bool {
  atomic.add<i32>(sleepers, 1);
  let isInTime = true;
  let left = limit;
  while (isInTime) {
    const count = atomic.load<i32>(word);
    if (count - target >= 0) break;
    const rest = min(left, SLEEP);
    if (atomic.wait<i32>(word, count, rest) != AtomicWaitResult.TIMED_OUT) continue;
    left -= rest;
    isInTime = left > 0 && !othersHaveEnded();
  }
  atomic.sub<i32>(sleepers, 1);
  return isInTime;
}

/** Wakes the threads that sleep on a word that has changed. A thread about to sleep has counted itself, or sees the change. */
// @ts-ignore: decorator
@inline
function wake(word: usize, sleepers: usize): void {
  if (atomic.load<i32>(sleepers)) atomic.notify(word, -1);
}

/** Arrivals until now, while no thread is on the way to the barrier. */
export function arrivalCount(barrier: usize): i32 {
  return atomic.load<i32>(barrier + ARRIVALS);
}

/**
 * Arrives, and waits until `arrivals` are counted, which is when all threads have. False, from then on always, when one of
 * them does not within `limit` nanoseconds.
 */
export function waitForAll(barrier: usize, arrivals: i32, limit: i64): bool {
  const word = barrier + ARRIVALS;
  if (atomic.add<i32>(word, 1) + 1 == arrivals) wake(word, barrier + ASLEEP);
  else if (!spinThenSleep(barrier, arrivals, limit)) failBarrier(barrier, LOST);
  return atomic.load<i32>(barrier + FAILED) == 0;
}

/** Lets no thread wait any longer, at this barrier or a later one. The first reason counts. */
export function failBarrier(barrier: usize, reason: i32): void {
  if (atomic.cmpxchg<i32>(barrier + FAILED, 0, reason)) return;
  atomic.add<i32>(barrier + ARRIVALS, MANY_ARRIVALS);
  wake(barrier + ARRIVALS, barrier + ASLEEP);
}

/** Why the barrier has failed: 0 while it has not. */
export function failureOf(barrier: usize): i32 {
  return atomic.load<i32>(barrier + FAILED);
}

/** False when they have not arrived within `limit` nanoseconds of sleep. */
function spinThenSleep(barrier: usize, arrivals: i32, limit: i64): bool {
  const word = barrier + ARRIVALS;
  const isEnough = spin(word, arrivals);
  spins = isEnough ? min(2 * spins, MOST_SPINS) : max(spins >> 1, LEAST_SPINS);
  return isEnough || sleep(word, arrivals, barrier + ASLEEP, limit);
}

/** Takes a part of a loop: how many were taken before, since `resetParts`. */
export function takeNext(barrier: usize, parity: i32): i32 {
  return atomic.add<i32>(barrier + TAKEN + (<usize>parity << 2), 1);
}

/** All parts can be taken again. No thread may take one meanwhile. */
export function resetParts(barrier: usize, parity: i32): void {
  atomic.store<i32>(barrier + TAKEN + (<usize>parity << 2), 0);
}

/** What workers are told: to run something, or to return. */
// @ts-ignore: decorator
@unmanaged
export class Command {
  /** How often workers were dismissed. */
  dismissals: i32;
  /** Arrivals before this command. */
  arrivals: i32;
  /** The arguments of `run`. */
  program: usize;
  step: usize;
  count: i32;
  learningRates: usize;
  losses: usize;
}

/** The last command. */
export function commandOf(barrier: usize): Command {
  return changetype<Command>(barrier + COMMAND);
}

export function commandCount(barrier: usize): i32 {
  return atomic.load<i32>(barrier + COMMANDS);
}

/** Hands out what stands in `commandOf`. */
export function giveCommand(barrier: usize): void {
  atomic.add<i32>(barrier + COMMANDS, 1);
  wake(barrier + COMMANDS, barrier + IDLE);
}

/** Whether this thread waited in vain for the last command. */
let isIdle: bool = false;

/** Waits for the command behind the first `known` ones. False when there is none for a while. */
export function awaitCommand(barrier: usize, known: i32): bool {
  const word = barrier + COMMANDS;
  const isThere = (!isIdle && spin(word, known + 1)) || sleep(word, known + 1, barrier + IDLE, SLEEP);
  isIdle = !isThere;
  return isThere;
}
