import { ArgumentError } from "../errors";
import { show } from "../options";
import type { ParameterValue } from "./made";

/** The parameters of a trial by name. */
export type TrialParameters = Readonly<Record<string, ParameterValue>>;

/** Why a trial has no score. */
export interface TrialError {
  /** The class of the error. */
  readonly name: string;
  /** The library's code of the error, where it has one. */
  readonly code?: string;
  /** What it says. */
  readonly message: string;
}

/** A model that was trained on one fold, and what the test said. Plain JSON. */
export interface FoldRun {
  /** The number of the trial, counted from 0. */
  readonly trial: number;
  /** The number of the fold, counted from 0. */
  readonly fold: number;
  /** The round of successive halving, counted from 0; 0 of other strategies. */
  readonly round: number;
  /** What `makeModel` was given. */
  readonly parameters: TrialParameters;
  /** What `makeModel` was given. */
  readonly seed: number;
  /** The epochs that the strategy allowed; null where it left them to `makeModel`. */
  readonly budget: number | null;
  /** What was judged by. */
  readonly metric: string;
  /** How many rows were learnt from, put aside for early stopping and tested with. */
  readonly rows: {
    /** Rows that were learnt from. */
    readonly train: number;
    /** Rows put aside for early stopping. */
    readonly validation: number;
    /** Rows that were tested with. */
    readonly test: number;
  };
  /** The epochs after which the weights are those that were tested. */
  readonly epochs: number;
  /** The metric on the rows of the test; null of what has failed. */
  readonly score: number | null;
  /** Everything that the model measures, on the rows of the test; null where it is no finite number. */
  readonly results: Readonly<Record<string, number | null>>;
  /** Why there is no score; null where there is one. */
  readonly error: TrialError | null;
  /** How long it took: the only part that is not the same every time. */
  readonly seconds: number;
}

/** What makes a run the run that it is. */
export type RunPlan = Pick<FoldRun, "trial" | "fold" | "round" | "parameters" | "seed" | "budget" | "metric" | "rows">;

const IDENTITY = ["trial", "fold", "round", "parameters", "seed", "budget", "metric", "rows"] as const;

/** An error as data. */
export function errorOf(error: unknown): TrialError {
  if (!(error instanceof Error)) return { name: "Error", message: show(error) };
  const { name, message } = error;
  const { code } = error as { code?: unknown };
  return { name, ...(typeof code === "string" && { code }), message };
}

/**
 * The run of `done` that was planned like this.
 *
 * @throws ArgumentError when one in its place was planned otherwise
 */
export function findRun(who: string, done: readonly FoldRun[], plan: RunPlan): FoldRun | undefined {
  const place = done.findIndex(
    (run) => run?.trial === plan.trial && run.fold === plan.fold && run.round === plan.round,
  );
  if (place < 0) return undefined;
  const found = done[place];
  const other = IDENTITY.find((name) => canonical(found[name]) !== canonical(plan[name]));
  if (other) {
    throw new ArgumentError(
      `${who}: done[${place}] is of another search: its ${other} is ${canonical(found[other])}, here it is ${canonical(plan[other])}. ` +
        "Go on with the options and the data with which it began, or with an empty array.",
    );
  }
  if (found.error === null ? Number.isFinite(found.score) : typeof found.error?.message === "string") return found;
  throw new ArgumentError(`${who}: done[${place}] is no fold of a search: it has neither a score nor an error.`);
}

/** JSON whose names are in order: files may have changed that. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, one) =>
    typeof one === "object" && one !== null && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
      : one,
  ) ?? "undefined";
