import { ArgumentError, WasmgradError } from "../errors";
import type { Direction } from "../metrics/metrics";
import { show } from "../options";
import { isMistake } from "./made";
import { directionOfOwn, directionUnknown, knownDirection, metricName } from "./metric";
import type { ValidationSettings } from "./options";
import { errorOf, type FoldRun, findRun, type RunPlan, type TrialParameters } from "./runs";
import { type Kept, type Maker, type Outcome, trainFold } from "./trainFold";

/** What is to be trained and tested on every fold. */
export interface Trial {
  readonly trial: number;
  readonly parameters: TrialParameters;
  readonly seed: number;
}

/** How a round of trials is trained. */
export interface Round {
  readonly round: number;
  /** Epochs that the strategy allows; null where it leaves them to `makeModel`. */
  readonly budget: number | null;
  /** Whether another round may go on from this one. */
  readonly isLast: boolean;
}

/**
 * Trains trials on folds, several at once. Runs begin in the order of trials and folds, and each depends on its own plan alone: what
 * comes out does not depend on how many run at once.
 */
export class Runner {
  readonly #used = new WeakSet<object>();
  readonly #kept = new Map<string, Kept>();
  /** The errors themselves, of runs that have failed here. */
  readonly #errors = new Map<FoldRun, unknown>();
  #direction: Direction | undefined;
  #finished = 0;

  /** @param total how many folds there are to be tested at most */
  constructor(
    readonly settings: ValidationSettings,
    private readonly make: Maker,
    private readonly total: number,
  ) {
    const { who } = settings;
    if (typeof make !== "function") {
      throw new ArgumentError(`${who}: makeModel must be a function (train, parameters) => model, got ${show(make)}.`);
    }
    this.#direction = knownDirection(settings);
  }

  /** Which way the metric should go. Known, at the latest, when a model has been made. */
  get better(): Direction {
    if (this.#direction) return this.#direction;
    throw directionUnknown(this.settings, metricName(this.settings));
  }

  /** What a run has thrown. */
  errorOf(run: FoldRun): unknown {
    return this.#errors.get(run) ?? new WasmgradError(run.error!.message);
  }

  /**
   * Trains and tests trials on all folds.
   *
   * @returns for each trial its folds, in order
   * @throws the reason of an aborted signal, what `onProgress` has thrown, or an error that is none of a trial
   */
  async run(trials: readonly Trial[], round: Round): Promise<FoldRun[][]> {
    const { folds, workers, signal } = this.settings;
    signal?.throwIfAborted();
    const jobs = trials.flatMap((trial) => folds.map((_, fold) => ({ trial, fold })));
    const runs = new Array<FoldRun>(jobs.length);
    const ending = new AbortController();
    const onAbort = () => ending.abort(signal!.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    let next = 0;
    const lane = async () => {
      try {
        while (next < jobs.length && !ending.signal.aborted) {
          const place = next++;
          const { trial, fold } = jobs[place];
          runs[place] = await this.#runOne(trial, fold, round, ending.signal);
        }
      } catch (error) {
        ending.abort(error);
      }
    };
    try {
      await Promise.all(Array.from({ length: Math.min(workers, jobs.length) }, lane));
    } finally {
      signal?.removeEventListener("abort", onAbort);
    }
    if (ending.signal.aborted) throw ending.signal.reason;
    return trials.map((_, i) => runs.slice(i * folds.length, (i + 1) * folds.length));
  }

  async #runOne(trial: Trial, fold: number, round: Round, signal: AbortSignal): Promise<FoldRun> {
    const { who, done, onProgress } = this.settings;
    const plan = this.#planOf(trial, fold, round);
    const known = findRun(who, done, plan);
    const run = known ?? (await this.#train(plan, round, signal));
    if (!known) done.push(run);
    this.#finished++;
    if (!known) onProgress?.({ run, finished: this.#finished, total: this.total });
    return run;
  }

  #planOf({ trial, parameters, seed }: Trial, fold: number, { round, budget }: Round): RunPlan {
    const { train, validation, test } = this.settings.folds[fold];
    const rows = { train: train.length, validation: validation?.length ?? 0, test: test.length };
    return { trial, fold, round, parameters, seed, budget, metric: metricName(this.settings), rows };
  }

  async #train(plan: RunPlan, { isLast }: Round, signal: AbortSignal): Promise<FoldRun> {
    const { settings, make } = this;
    const key = `${plan.trial}/${plan.fold}`;
    const start = performance.now();
    const seconds = () => (performance.now() - start) / 1000;
    const from = this.#kept.get(key);
    this.#kept.delete(key);
    const onModel = (model: Parameters<typeof directionOfOwn>[0]) => {
      this.#direction ??= directionOfOwn(model, metricName(settings));
      if (!this.#direction) throw directionUnknown(settings, metricName(settings));
    };
    const rows = settings.folds[plan.fold];
    let outcome: Outcome;
    try {
      outcome = await trainFold({
        ...{ settings, make, used: this.#used, rows, plan, signal, from, onModel },
        keeps: !isLast,
      });
    } catch (error) {
      if (signal.aborted || isMistake(error)) throw error;
      const run = { ...plan, epochs: 0, score: null, results: {}, error: errorOf(error), seconds: seconds() };
      this.#errors.set(run, error);
      return run;
    }
    const { kept, ...measured } = outcome;
    if (kept) this.#kept.set(key, kept);
    return { ...plan, ...measured, error: null, seconds: seconds() };
  }

  /** Frees what no round goes on from. */
  forgetAllBut(trials: readonly Trial[]): void {
    const alive = new Set(trials.map(({ trial }) => String(trial)));
    for (const key of this.#kept.keys()) if (!alive.has(key.split("/")[0])) this.#kept.delete(key);
  }
}
