// What the builds with threads export besides: `lead` is the first thread's run, `follow` the loop of every worker.
import { run, STEP_BYTES } from "./program";
import {
  arrivalCount,
  awaitCommand,
  commandCount,
  commandOf,
  failBarrier,
  failureOf,
  giveCommand,
  resetParts,
} from "./barrier";
import { countArrivalsFrom, currentBarrier, currentThread } from "./threads";

export { barrierBytes } from "./barrier";
export { setThread } from "./threads";

/** `run` on all threads; `step` is the first thread's, the others' follow it. Negative when a thread did not come in time. */
export function lead(program: usize, step: usize, count: i32, learningRates: usize, losses: usize): i32 {
  const command = commandOf(currentBarrier());
  command.arrivals = arrivalCount(currentBarrier());
  command.program = program;
  command.step = step;
  command.count = count;
  command.learningRates = learningRates;
  command.losses = losses;
  countArrivalsFrom(command.arrivals);
  resetParts(currentBarrier(), 0);
  resetParts(currentBarrier(), 1);
  giveCommand(currentBarrier());
  return run(program, step, count, learningRates, losses);
}

/** How many commands have been given: a worker that begins to follow starts behind them. */
export function commandsGiven(): i32 {
  return commandCount(currentBarrier());
}

/** How often workers were dismissed: a worker that was absent then does not belong to the workers that come next. */
export function dismissalsGiven(): i32 {
  return commandOf(currentBarrier()).dismissals;
}

/** Lets all workers return from `follow`. */
export function dismiss(): void {
  commandOf(currentBarrier()).dismissals++;
  giveCommand(currentBarrier());
}

/** Lets no thread wait any longer, for a reason of `failure`: their runs come to a negative end. */
export function fail(reason: i32): void {
  failBarrier(currentBarrier(), reason);
}

/** Why threads no longer meet: 0 while they do, 1 when one was lost, 2 when one met an error. */
export function failure(): i32 {
  return failureOf(currentBarrier());
}

/**
 * Runs the command behind the first `known` ones. Returns how many it has run, 1 or for want of one 0; negative when this
 * thread was dismissed, or when one of them has failed.
 */
export function follow(known: i32, dismissals: i32): i32 {
  const command = commandOf(currentBarrier());
  if (!awaitCommand(currentBarrier(), known)) return 0;
  if (command.dismissals != dismissals) return -1;
  countArrivalsFrom(command.arrivals);
  const step = command.step + <usize>(currentThread() * STEP_BYTES);
  return run(command.program, step, command.count, command.learningRates, command.losses) < 0 ? -1 : 1;
}
