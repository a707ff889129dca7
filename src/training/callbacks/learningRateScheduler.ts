import { ArgumentError } from "../../errors";
import { checkOptions, finiteNumber, show } from "../../options";
import { readyMade } from "./readyMade";
import type { Callback } from "../callback";

/** Options of `learningRateScheduler`. */
export interface LearningRateSchedulerOptions {
  /** The rate of an epoch, counted from 0, given the rate so far. */
  schedule: (epoch: number, learningRate: number) => number;
}

/**
 * Sets the learning rate anew for every epoch, and adds it to the history as `learningRate`. It overrides a schedule of the
 * optimizer, which is the way to a rate that changes from step to step.
 *
 * @throws ArgumentError for options; from `fit` when the schedule does not return a finite rate of at least 0
 */
export function learningRateScheduler(options: LearningRateSchedulerOptions): Callback {
  const who = "callbacks.learningRateScheduler";
  checkOptions(who, options, ["schedule"]);
  const schedule = options?.schedule;
  if (typeof schedule !== "function") {
    throw new ArgumentError(`${who}: schedule must be a function (epoch, rate) => rate, got ${show(schedule)}.`);
  }
  return readyMade(
    {
      onEpochBegin(epoch, context) {
        const rate = schedule(epoch, context.learningRate);
        context.learningRate = finiteNumber(who, `schedule(${epoch})`, rate, { min: 0 });
      },
      onEpochEnd(_, logs, context) {
        logs.learningRate = context.learningRate;
      },
    },
    { adds: ["learningRate"] },
  );
}
