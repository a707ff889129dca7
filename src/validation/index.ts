/** How well models do on rows that they have not learnt from, and which parameters are the best. */
import type { Prediction } from "../model/model";
import { checkArity } from "../options";
import type { Table } from "../table/table";
import type { SampleTensors, TrainOf } from "./examples";
import type { MakeModel } from "./made";
import type { ValidationOptions } from "./options";
import type { CrossValidation, SearchResult } from "./results";
import type { ParametersOf, SearchSpace } from "./space";
import type { Maker } from "./trainFold";

export type { RowRules, RowValues, SampleTensors, TrainOf, TrainTensors } from "./examples";
export type { FoldRows } from "./folds";
export type { Made, MadeFit, MakeContext, MakeModel, ParameterValue } from "./made";
export type { ScoreFunction, StoppingOptions, ValidationOptions, ValidationProgress } from "./options";
export type { CrossValidation, Scores, SearchResult, SearchRow } from "./results";
export type { FoldRun, TrialError, TrialParameters } from "./runs";
export type { ParameterChoice, ParameterRange, ParametersOf, SearchSpace } from "./space";

/** Options of `crossValidate`. */
export interface CrossValidateOptions<Parameters> extends ValidationOptions {
  /** What `makeModel` is given. Default none: `{}`. */
  parameters?: Parameters | undefined;
}

/** Options of `search`. */
export interface SearchOptions<Data> extends ValidationOptions {
  /** A table with a target, or `{ x, y }`. */
  data: Data;
  /**
   * "grid" tries every combination, in the order of the space, the last parameter changing first; "random" draws trials, none
   * twice; "successiveHalving" draws trials, trains all for a few epochs, and goes on with the best of them. Default "random".
   */
  strategy?: "grid" | "random" | "successiveHalving" | undefined;
  /** How many trials are drawn; of a grid, how many there may be. Default 20, or as many as there are; of a grid all. */
  trials?: number | undefined;
  /** Of successive halving: one of so many trials goes on, with so many times the epochs. Default 3. */
  factor?: number | undefined;
  /** Whether the best model is trained anew on all rows. Default true. */
  refit?: boolean | undefined;
}

/**
 * Trains a model on each fold's rows and tests it on the others.
 *
 *     const result = await crossValidate(
 *       async (train, _, { seed }) => ({ model: tableModel(await pipeline(train), { seed }), fit: { epochs: 50 } }),
 *       table,
 *       { folds: 5, metric: "accuracy", earlyStopping: true, workers: 2 },
 *     );
 *     console.log(String(result));
 *
 * Rows of the test are nowhere but in the test: `makeModel` gets the rows to learn from, so its pipeline is learnt from those;
 * what early stopping looks at is taken from the rows to learn from.
 *
 * With `workers` from 2 on, that many models are trained at once, each in a worker of its own, while `makeModel` and pipelines run here:
 * functions of the program's own need not be sent anywhere.
 *
 * @param makeModel makes a new model from rows to learn from
 * @param data a table with a target, or `{ x, y }`
 * @throws ArgumentError, ShapeError, DataError before any work; what a fold has thrown, the first in order; the reason of an aborted
 *   signal
 */
export async function crossValidate<
  Data extends Table | SampleTensors,
  Output extends Prediction,
  Parameters extends object = Record<string, never>,
>(
  makeModel: MakeModel<TrainOf<Data>, Parameters, Output>,
  data: Data,
  options: CrossValidateOptions<Parameters> = {},
  ...rest: unknown[]
): Promise<CrossValidation> {
  checkArity("crossValidate", rest, "crossValidate(makeModel, table, { folds, … })");
  return (await import("./crossValidation")).runCrossValidation(makeModel as Maker, data, options);
}

/**
 * Looks for the parameters with which a model does best on rows that it has not learnt from.
 *
 *     const result = await search(
 *       async (train, { units, learningRate }, { seed }) =>
 *         tableModel(await pipeline(train), { hidden: [units], learningRate, seed }),
 *       { units: [16, 32, 64], learningRate: { min: 1e-4, max: 1e-1, scale: "log" } },
 *       { data: table, trials: 27, strategy: "successiveHalving", epochs: 81, metric: "accuracy", workers: "auto" },
 *     );
 *     console.log(String(result));
 *     await result.model.save("best.safetensors");
 *
 * A trial is parameters, a seed and folds. All trials have the same seed and the same folds, so that they differ in nothing but their
 * parameters. Results have the same bits for any number of workers, and after a search that went on from `done`. What a trial throws
 * is its result; the others go on.
 *
 * @param makeModel makes a new model from rows to learn from and parameters
 * @param space lists, and ranges `{ min, max, scale, step, integer, points }`, by the names of parameters
 * @throws ArgumentError, ShapeError, DataError before any work; WasmgradError when all trials have failed; the reason of an aborted
 *   signal
 */
export async function search<
  const Space extends SearchSpace,
  Data extends Table | SampleTensors,
  Output extends Prediction,
>(
  makeModel: MakeModel<TrainOf<Data>, ParametersOf<Space>, Output>,
  space: Space,
  options: SearchOptions<Data>,
  ...rest: unknown[]
): Promise<SearchResult<Output, ParametersOf<Space>>> {
  checkArity("search", rest, "search(makeModel, space, { data, trials, strategy, … })");
  const result = await (await import("./searching")).runSearch(makeModel as Maker, space, options);
  return result as SearchResult<Output, ParametersOf<Space>>;
}
