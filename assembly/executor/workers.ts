// What the builds with threads export besides: `lead` is the first thread's run, `follow` the loop of every worker.
import { run, STEP_BYTES } from "./program";
import { arrivalCount, awaitCommand, commandCount, commandOf, giveCommand, resetParts } from "./barrier";
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

/** Runs what the first thread runs, until that dismisses the workers or a thread does not come in time. */
export function follow(commands: i32, dismissals: i32): void {
  const command = commandOf(currentBarrier());
  for (; ; commands++) {
    awaitCommand(currentBarrier(), commands);
    if (command.dismissals != dismissals) return;
    countArrivalsFrom(command.arrivals);
    const step = command.step + <usize>(currentThread() * STEP_BYTES);
    if (run(command.program, step, command.count, command.learningRates, command.losses) < 0) return;
  }
}
