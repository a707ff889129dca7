// What the build with threads exports besides: the first thread leads, the others follow.
import { run, STEP_BYTES } from "./program";
import {
  arrivalCount,
  awaitCommand,
  commandCount,
  commandOf,
  failTeam,
  failureOf,
  giveCommand,
  putBackParts,
} from "./team";
import { countArrivalsFrom, currentTeam, currentThread } from "./threads";

export { teamBytes } from "./team";
export { setThread } from "./threads";

/** `run` on all threads; `step` is the first thread's, the others' follow it. Negative when a thread did not come in time. */
export function lead(program: usize, step: usize, count: i32, learningRates: usize, losses: usize): i32 {
  const command = commandOf(currentTeam());
  command.arrivals = arrivalCount(currentTeam());
  command.program = program;
  command.step = step;
  command.count = count;
  command.learningRates = learningRates;
  command.losses = losses;
  countArrivalsFrom(command.arrivals);
  putBackParts(currentTeam(), 0);
  putBackParts(currentTeam(), 1);
  giveCommand(currentTeam());
  return run(program, step, count, learningRates, losses);
}

/** How many commands have been given: what a thread that begins to follow has missed. */
export function commandsGiven(): i32 {
  return commandCount(currentTeam());
}

/** How often followers were sent home: one that was away meanwhile does not belong to those who come next. */
export function dismissalsGiven(): i32 {
  return commandOf(currentTeam()).dismissals;
}

/** Sends the followers home. */
export function dismiss(): void {
  commandOf(currentTeam()).dismissals++;
  giveCommand(currentTeam());
}

/** Lets no thread wait any longer, for a reason of `failure`: their runs come to a negative end. */
export function fail(reason: i32): void {
  failTeam(currentTeam(), reason);
}

/** Why threads no longer meet: 0 while they do, 1 when one was lost, 2 when one met an error. */
export function failure(): i32 {
  return failureOf(currentTeam());
}

/**
 * Runs the command behind the first `known` ones. Returns how many it has run, 1 or for want of one 0; negative when this
 * thread was sent home, or when one of them has failed.
 */
export function follow(known: i32, dismissals: i32): i32 {
  const command = commandOf(currentTeam());
  if (!awaitCommand(currentTeam(), known)) return 0;
  if (command.dismissals != dismissals) return -1;
  countArrivalsFrom(command.arrivals);
  const step = command.step + <usize>(currentThread() * STEP_BYTES);
  return run(command.program, step, command.count, command.learningRates, command.losses) < 0 ? -1 : 1;
}
