import { ArgumentError } from "../errors";
import type { Model, Prediction } from "../model/model";
import { checkOptions, show } from "../options";
import type { FitOptions } from "../training/fitOptions";

/** What JSON can hold: a trial is data. */
export type ParameterValue =
  | string
  | number
  | boolean
  | null
  | readonly ParameterValue[]
  | { readonly [name: string]: ParameterValue };

/** What `makeModel` is told besides the rows and the parameters. */
export interface MakeContext {
  /** The seed of the trial: give it to the model, so that the same trial has the same bits. */
  readonly seed: number;
}

/** How a model is to be trained: options of `fit` but for those that belong to the search. */
export type MadeFit = Omit<FitOptions, "signal" | "initialEpoch">;

/** What `makeModel` gives: a compiled model, or that and how to train it. */
export type Made<Output extends Prediction> =
  | Model<Output>
  | {
      /** Compiled, not yet trained; for a table with its pipeline. */
      readonly model: Model<Output>;
      /** How to train it. They count more than `epochs` and `batchSize` of the search. */
      readonly fit?: MadeFit | undefined;
    };

/**
 * Makes a new model for some parameters. It is called once for each fold with the rows to learn from and no others, and learns its
 * pipeline from them.
 *
 * @param train a table, or `{ x, y }`: the rows to learn from
 */
export type MakeModel<Data, Parameters, Output extends Prediction> = (
  train: Data,
  parameters: Parameters,
  context: MakeContext,
) => Made<Output> | Promise<Made<Output>>;

/** A model to be trained. */
export interface ReadMade {
  readonly model: Model<Prediction>;
  readonly fit: MadeFit;
}

const OF_THE_SEARCH = ["signal", "initialEpoch"] as const;

/** Mistakes of the program rather than of a trial: they end everything. */
const mistakes = new WeakSet<object>();

/** Marks an error as a mistake of the program. */
export function mistake<E extends Error>(error: E): E {
  mistakes.add(error);
  return error;
}

/** Whether an error ends everything. */
export const isMistake = (error: unknown): boolean =>
  typeof error === "object" && error !== null && mistakes.has(error);

/**
 * What `makeModel` has given.
 *
 * @param used models that it has given before
 * @throws ArgumentError, which ends everything
 */
export function readMade(who: string, made: unknown, used: WeakSet<object>): ReadMade {
  const isRecord = typeof made === "object" && made !== null && !isModel(made) && "model" in made;
  const { model, fit = {} } = (isRecord ? made : { model: made }) as { model: unknown; fit?: MadeFit };
  if (!isModel(model)) {
    throw mistake(
      new ArgumentError(
        `${who}: makeModel must return a model, or { model, fit }, got ${show(isRecord ? model : made)}.`,
      ),
    );
  }
  try {
    if (isRecord) checkOptions(`${who}: makeModel`, made, ["model", "fit"]);
  } catch (error) {
    throw mistake(error as Error);
  }
  if (used.has(model)) {
    throw mistake(
      new ArgumentError(
        `${who}: makeModel has returned the same model again, which has learnt from the rows of another fold. ` +
          "Make a new one in each call.",
      ),
    );
  }
  used.add(model);
  const taken = OF_THE_SEARCH.find((name) => (fit as Record<string, unknown>)[name] !== undefined);
  if (taken) throw mistake(new ArgumentError(`${who}: makeModel: fit.${taken} is set by ${who} itself. Leave it out.`));
  return { model, fit };
}

function isModel(value: unknown): value is Model<Prediction> {
  const { fit, evaluate, internals } = (value ?? {}) as Partial<Model<Prediction>>;
  return typeof fit === "function" && typeof evaluate === "function" && typeof internals === "function";
}
