import { ArgumentError, WasmgradError } from "../errors";
import type { Model, Prediction } from "../model/model";
import { boolean, integer, oneOf } from "../options";
import type { FitOptions } from "../training/fitOptions";
import { readExamples } from "./examples";
import { halvingRounds, survivorsOf } from "./halving";
import type { SearchOptions } from "./index";
import { readMade } from "./made";
import { metricName } from "./metric";
import { readValidationOptions, type ValidationSettings } from "./options";
import { rowsOf, SearchResult, type SearchRow } from "./results";
import { Runner, type Round, type Trial } from "./runner";
import type { FoldRun } from "./runs";
import { combinations, gridOf, MOST_TRIALS, randomOf, readSpace } from "./space";
import type { Maker } from "./trainFold";

/** Trials where nobody says how many. */
const USUAL_TRIALS = 20;

/** A round, and how many trials take part. */
type PlannedRound = Round & { readonly trials: number };

/** Does what `search` says. */
export async function runSearch(make: Maker, space: unknown, options: SearchOptions<unknown>): Promise<SearchResult> {
  const who = "search";
  const examples = readExamples(who, (options as Partial<SearchOptions<unknown>> | undefined)?.data);
  const more = ["data", "trials", "strategy", "factor", "refit"];
  const settings = readValidationOptions(who, examples, options, more);
  const strategy = oneOf(who, "strategy", options.strategy ?? "random", ["grid", "random", "successiveHalving"]);
  const refits = boolean(who, "refit", options.refit ?? true);
  const trials = readTrials(who, space, strategy, options.trials, settings.seed);
  const rounds = readRounds(who, strategy, trials.length, options.factor, settings);
  const total = rounds.reduce((sum, round) => sum + round.trials, 0) * settings.folds.length;
  const runner = new Runner(settings, make, total);
  const runs = await runRounds(runner, trials, rounds);
  const last = trials.map(({ trial }) => runs[trial].at(-1)!);
  const rows = rowsOf(last, runner.better);
  const best = rows.find(({ rank }) => rank === 1)!;
  const seconds = runs.map((ofTrial) => ofTrial.flat().reduce((sum, run) => sum + run.seconds, 0));
  const model = refits ? await refit(settings, make, best) : undefined;
  return new SearchResult(strategy, metricName(settings), runner.better, rows, seconds, model);
}

function readTrials(who: string, given: unknown, strategy: string, wanted: unknown, seed: number): Trial[] {
  const space = readSpace(who, given);
  const most = wanted === undefined ? undefined : integer(who, "trials", wanted, { min: 1, max: MOST_TRIALS });
  const drawn =
    strategy === "grid"
      ? gridOf(who, space, most ?? MOST_TRIALS)
      : randomOf(who, space, most ?? Math.min(USUAL_TRIALS, combinations(space) ?? USUAL_TRIALS), seed);
  return drawn.map((parameters, trial) => ({ trial, parameters, seed }));
}

function readRounds(
  who: string,
  strategy: string,
  trials: number,
  factor: unknown,
  { epochs }: ValidationSettings,
): PlannedRound[] {
  if (strategy !== "successiveHalving") {
    if (factor !== undefined) throw new ArgumentError(`${who}: factor is of strategy "successiveHalving".`);
    return [{ round: 0, budget: null, isLast: true, trials }];
  }
  if (epochs === undefined) {
    throw new ArgumentError(`${who}: strategy "successiveHalving" needs epochs: what the last trial is trained for.`);
  }
  const rounds = halvingRounds(who, trials, epochs, integer(who, "factor", factor ?? 3, { min: 2 }));
  return rounds.map((one, round) => ({
    round,
    budget: one.epochs,
    isLast: round === rounds.length - 1,
    trials: one.trials,
  }));
}

/**
 * Trains trials round by round; from each to the next the best go on.
 *
 * @returns for each trial its rounds, of each its folds
 * @throws WasmgradError when all trials have failed
 */
async function runRounds(
  runner: Runner,
  trials: readonly Trial[],
  rounds: readonly PlannedRound[],
): Promise<FoldRun[][][]> {
  const { who } = runner.settings;
  const runs: FoldRun[][][] = trials.map(() => []);
  let alive = trials;
  for (const round of rounds) {
    if (round.round > 0) {
      const rows = rowsOf(
        alive.map(({ trial }) => runs[trial].at(-1)!),
        runner.better,
      );
      const going = survivorsOf(rows, round.trials, runner.better);
      alive = going.map(({ trial }) => trials[trial]);
      runner.forgetAllBut(alive);
    }
    const done = await runner.run(alive, round);
    done.forEach((folds, i) => void runs[alive[i].trial].push(folds));
    if (done.some((folds) => folds.every(({ error }) => !error))) continue;
    // Those that were left behind are the best that there is.
    if (round.round > 0) break;
    const failed = done[0].find(({ error }) => error)!;
    const { name, message } = failed.error!;
    throw new WasmgradError(`${who}: all ${alive.length} trials have failed, the first with ${name}: ${message}`, {
      cause: runner.errorOf(failed),
    });
  }
  return runs;
}

/** The best parameters on all rows, for as many epochs as its folds took in the mean. */
async function refit(settings: ValidationSettings, make: Maker, best: SearchRow): Promise<Model<Prediction>> {
  const { who, examples, batchSize, signal } = settings;
  const all = examples.take(Array.from({ length: examples.count }, (_, row) => row));
  const made = await make(all, structuredClone(best.parameters), { seed: best.seed });
  const { model, fit } = readMade(who, made, new WeakSet());
  const epochs = Math.round(best.epochs.reduce((sum, one) => sum + one, 0) / best.epochs.length);
  const { x, y, sampleWeight } = await examples.tensors(model, all);
  await model.fit(x, y, {
    ...(sampleWeight && { sampleWeight }),
    ...(batchSize !== undefined && { batchSize }),
    ...fit,
    epochs,
    signal,
  } as FitOptions);
  return model;
}
