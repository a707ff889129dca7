// How the threads of one memory wait for each other, in the build with threads only. Waiting is spinning first, because
// mostly it is over within a microsecond, then sleeping, so that idle threads cost nothing.
//
// All of it happens in a block of `teamBytes`, whose words that are in use at the same time have cache lines of their own.

/** Bytes of the block. */
export const teamBytes: i32 = 192;

/** How many commands the first thread has given, how many threads sleep until the next, and the last one. */
const COMMANDS: usize = 0;
const IDLE: usize = 4;
const COMMAND: usize = 8;
/** How many threads have come to the meeting under way. */
const ARRIVED: usize = 64;
/** How many meetings are over, how many threads sleep until the next is, and 1 once somebody did not come. */
const MEETINGS: usize = 128;
const ASLEEP: usize = 132;
const FAILED: usize = 136;

/** Looks at a word before going to sleep: about 50 microseconds. */
const SPINS: i32 = 50_000;
/** Nanoseconds after which a sleeping thread looks for a command by itself. */
const IDLE_LIMIT: i64 = 10_000_000_000;

/**
 * Waits until a word is no longer `old`. False when it still is after `limit` nanoseconds of sleep.
 *
 * The result of the wait must be looked at: where it was dropped and the word compared again, V8's baseline compiler in
 * Node 20 (not its optimiser, not Node 26) made code that returned false for a sleeper that had been woken in time.
 */
function waitForChange(word: usize, old: i32, sleepers: usize, limit: i64): bool {
  for (let i = 0; i < SPINS; i++) if (atomic.load<i32>(word) != old) return true;
  atomic.add<i32>(sleepers, 1);
  let isInTime = true;
  while (isInTime && atomic.load<i32>(word) == old) {
    isInTime = atomic.wait<i32>(word, old, limit) != AtomicWaitResult.TIMED_OUT;
  }
  atomic.sub<i32>(sleepers, 1);
  return isInTime;
}

/** Counts a word up and wakes those who wait for that. Who is about to sleep has said so, or sees the new count. */
function countUp(word: usize, sleepers: usize): void {
  atomic.add<i32>(word, 1);
  if (atomic.load<i32>(sleepers)) atomic.notify(word, -1);
}

/** Waits for all threads. False, from then on always, when one of them did not come within `limit` nanoseconds. */
export function meetTeam(team: usize, threadCount: i32, limit: i64): bool {
  const meeting = atomic.load<i32>(team + MEETINGS);
  if (atomic.load<i32>(team + FAILED)) return false;
  if (atomic.add<i32>(team + ARRIVED, 1) == threadCount - 1) {
    atomic.store<i32>(team + ARRIVED, 0);
    countUp(team + MEETINGS, team + ASLEEP);
    return true;
  }
  if (!waitForChange(team + MEETINGS, meeting, team + ASLEEP, limit)) {
    atomic.store<i32>(team + FAILED, 1);
    countUp(team + MEETINGS, team + ASLEEP);
  }
  return atomic.load<i32>(team + FAILED) == 0;
}

/** What followers are told: to run something, or to go home. */
// @ts-ignore: decorator
@unmanaged
export class Command {
  /** How often followers were sent home. */
  dismissals: i32;
  /** The arguments of `run`. */
  program: usize;
  step: usize;
  count: i32;
  learningRates: usize;
  losses: usize;
}

/** The last command. */
export function commandOf(team: usize): Command {
  return changetype<Command>(team + COMMAND);
}

export function commandCount(team: usize): i32 {
  return atomic.load<i32>(team + COMMANDS);
}

/** Hands out what stands in `commandOf`. */
export function giveCommand(team: usize): void {
  countUp(team + COMMANDS, team + IDLE);
}

/** Waits for the command behind the first `known` ones. */
export function awaitCommand(team: usize, known: i32): void {
  while (!waitForChange(team + COMMANDS, known, team + IDLE, IDLE_LIMIT)) {}
}
