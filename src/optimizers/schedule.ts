import { ArgumentError } from "../errors";
import { show } from "../options";

/**
 * Learning rates as functions of the step, with the formulas of Keras 3. They use portable elementary functions only, so
 * that the same step gives the same rate, to the last bit, on every JavaScript engine.
 */
export interface Schedule {
  /** The factory that made it, as in `schedules.cosineDecay`. */
  readonly name: string;
  /** As given: with the name, all that a file needs to keep. */
  readonly options: Readonly<Record<string, unknown>>;
  /** The learning rate of a step. Steps are updates, counted from 0 over the life of the model. */
  at(step: number): number;
}

/** Those that the library has, which files can name. */
export const SCHEDULE_NAMES = [
  "exponentialDecay",
  "polynomialDecay",
  "piecewiseConstantDecay",
  "inverseTimeDecay",
  "cosineDecay",
  "cosineDecayRestarts",
] as const;

export type ScheduleName = (typeof SCHEDULE_NAMES)[number];

/**
 * A schedule, one of the user's own included: an object with `at`.
 *
 * @param who as error messages begin: `optimizers.adam: learningRate`.
 */
export function readSchedule(value: unknown, who: string): Schedule {
  const isObject = value !== null && typeof value === "object" && !Array.isArray(value);
  if (isObject && typeof (value as Partial<Schedule>).at === "function") return value as Schedule;
  throw new ArgumentError(`${who} must be a schedule such as schedules.cosineDecay({ … }), got ${show(value)}.`);
}
