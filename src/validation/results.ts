import type { Direction } from "../metrics/metrics";
import type { Model, Prediction } from "../model/model";
import { integer } from "../options";
import { compareScores } from "./halving";
import type { FoldRun, TrialError, TrialParameters } from "./runs";
import { shortNumber, shortSeconds, type TextColumn, textTable } from "./textTable";

/** What the folds of a trial have said. */
export interface Scores {
  /** The mean over folds; null when one has failed. */
  readonly score: number | null;
  /** The standard deviation over folds, of which there are n: the root of the mean square of differences. Null when one has failed. */
  readonly deviation: number | null;
  /** That of each fold; null of those that have failed. */
  readonly scores: readonly (number | null)[];
  /** The epochs of each fold, after which the weights are those that were tested. */
  readonly epochs: readonly number[];
}

/** A trial of a search. Plain JSON, and the same for any number of workers. */
export interface SearchRow extends Scores {
  /** Its number, counted from 0 in the order in which trials were drawn. */
  readonly trial: number;
  /** Its place, 1 for the best; null when it has failed. */
  readonly rank: number | null;
  /** What `makeModel` was given. */
  readonly parameters: TrialParameters;
  /** What `makeModel` was given. */
  readonly seed: number;
  /** The last round of successive halving that it took part in, counted from 0; 0 of other strategies. */
  readonly round: number;
  /** The epochs that it was allowed in that round; null where `makeModel` says it. */
  readonly budget: number | null;
  /** Why it has failed: that of its first fold that has; null when none has. */
  readonly error: TrialError | null;
}

/** Mean and deviation of folds. */
export function scoresOf(runs: readonly FoldRun[]): Scores {
  const scores = runs.map(({ score }) => score);
  const epochs = runs.map((run) => run.epochs);
  if (scores.includes(null)) return { score: null, deviation: null, scores, epochs };
  const values = scores as number[];
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { score: mean, deviation: Math.sqrt(variance), scores, epochs };
}

/** Rows of trials in their order, ranked: by the round that they have come to, then by their scores. */
export function rowsOf(trials: readonly (readonly FoldRun[])[], better: Direction): SearchRow[] {
  const rows = trials.map((runs) => {
    const [{ trial, parameters, seed, round, budget }] = runs;
    const error = runs.find((run) => run.error)?.error ?? null;
    return { trial, parameters, seed, round, budget, ...scoresOf(runs), error };
  });
  const compare = compareScores(better);
  const ranked = rows
    .filter(({ score }) => score !== null)
    .toSorted((a, b) => b.round - a.round || compare(a, b))
    .map(({ trial }) => trial);
  return rows.map(({ trial, ...row }) => {
    const place = ranked.indexOf(trial);
    return { trial, rank: place < 0 ? null : place + 1, ...row };
  });
}

/** `0.9123 ± 0.0123`. */
function scoreText({ score, deviation, scores }: Scores): string {
  if (score === null) return "failed";
  return scores.length === 1 ? shortNumber(score) : `${shortNumber(score)} ± ${shortNumber(deviation!)}`;
}

const wish = (better: Direction) => `the ${better === "min" ? "smaller" : "larger"} the better`;

const epochsText = (epochs: readonly number[]): string => {
  const [least, most] = [Math.min(...epochs), Math.max(...epochs)];
  return least === most ? String(least) : `${least}–${most}`;
};

/** Characters of a line, by default and at least. */
const WIDTH = 80;
const LEAST_WIDTH = 40;
const readWidth = (who: string, width: unknown) => Math.max(LEAST_WIDTH, integer(who, "width", width ?? WIDTH));

/** What cross-validation has found. */
export class CrossValidation {
  /** @internal */
  constructor(
    /** What was judged by. */
    readonly metric: string,
    /** Whether it should fall or rise. */
    readonly better: Direction,
    /** The mean over folds. */
    readonly score: number,
    /** The standard deviation over folds, of which there are n: the root of the mean square of differences. */
    readonly deviation: number,
    /** Each fold: its rows, its epochs, everything that was measured. */
    readonly folds: readonly FoldRun[],
  ) {}

  /** The score of each fold. */
  get scores(): readonly number[] {
    return this.folds.map(({ score }) => score!);
  }

  /** A line for each fold. */
  toString(width?: number): string {
    const { folds, metric, better, score, deviation } = this;
    const column = (title: string, cells: readonly (number | null)[]): TextColumn => ({
      title,
      cells: cells.map((cell) => (cell === null ? "–" : shortNumber(cell))),
      isNumber: true,
    });
    const others = Object.keys(folds[0].results).filter((name) => name !== metric);
    const lines = textTable(
      [
        column(
          "fold",
          folds.map(({ fold }) => fold + 1),
        ),
        column(
          metric,
          folds.map((run) => run.score),
        ),
        ...others.map((name) => ({
          ...column(
            name,
            folds.map(({ results }) => results[name]),
          ),
          canShrink: true,
        })),
        column(
          "learnt",
          folds.map(({ rows }) => rows.train),
        ),
        column(
          "tested",
          folds.map(({ rows }) => rows.test),
        ),
        column(
          "epochs",
          folds.map(({ epochs }) => epochs),
        ),
        { title: "seconds", cells: folds.map(({ seconds }) => shortSeconds(seconds)), isNumber: true },
      ],
      readWidth("CrossValidation.toString", width),
    );
    const mean = scoreText({ score, deviation, scores: this.scores, epochs: [] });
    return [
      `${metric}: ${mean} over ${folds.length} ${folds.length === 1 ? "test" : "folds"}, ${wish(better)}`,
      ...lines,
    ].join("\n");
  }

  /** Plain JSON; what is not the same every time, seconds, stands apart. */
  toJSON(): object {
    const { metric, better, score, deviation } = this;
    const seconds = this.folds.map((run) => run.seconds);
    const folds = this.folds.map(({ seconds: _, ...run }) => run);
    return { metric, better, score, deviation, folds, seconds };
  }
}

/** What a search has found. */
export class SearchResult<Output extends Prediction = Prediction, Parameters = TrialParameters> {
  /** @internal */
  constructor(
    /** How trials were chosen. */
    readonly strategy: string,
    /** What was judged by. */
    readonly metric: string,
    /** Whether it should fall or rise. */
    readonly better: Direction,
    /** All trials in the order in which they were drawn. */
    readonly rows: readonly SearchRow[],
    /** How long each trial took, in all rounds: the only part that is not the same every time. */
    readonly seconds: readonly number[],
    /** The best model, trained anew on all rows; undefined with `refit: false`. */
    readonly model: Model<Output> | undefined,
  ) {}

  /** The best trial. */
  get best(): SearchRow {
    return this.rows.find(({ rank }) => rank === 1)!;
  }

  /** The parameters of the best trial. */
  get bestParameters(): Parameters {
    return this.best.parameters as Parameters;
  }

  /** A line for each trial, the best first, no longer than `width`: 80 characters unless said otherwise, and not below 40. */
  toString(width?: number): string {
    const { rows, metric, better, strategy, seconds } = this;
    const sorted = rows.toSorted(
      (a, b) => (a.rank ?? Number.POSITIVE_INFINITY) - (b.rank ?? Number.POSITIVE_INFINITY) || a.trial - b.trial,
    );
    const column = (title: string, cellOf: (row: SearchRow) => string): TextColumn => ({
      title,
      cells: sorted.map(cellOf),
      isNumber: true,
    });
    const names = Object.keys(rows[0].parameters);
    const lines = textTable(
      [
        column("rank", ({ rank }) => (rank === null ? "–" : String(rank))),
        column("trial", ({ trial }) => String(trial)),
        column(metric, scoreText),
        column("epochs", ({ epochs, score }) => (score === null ? "–" : epochsText(epochs))),
        column("seconds", ({ trial }) => shortSeconds(seconds[trial])),
        ...names.map((name) => ({ ...column(name, ({ parameters }) => valueText(parameters[name])), canShrink: true })),
      ],
      readWidth("SearchResult.toString", width),
    );
    const failed = rows.filter(({ rank }) => rank === null);
    const reasons = new Set(failed.map(({ error }) => `failed: ${error!.name}: ${error!.message}`));
    const tests = rows[0].scores.length;
    const head = `${strategy}: ${rows.length} trials of ${tests} ${tests === 1 ? "test" : "folds"}, judged by ${metric}, ${wish(better)}`;
    return [head, ...lines, ...[...reasons].slice(0, 3)].join("\n");
  }

  /** Plain JSON without the model; what is not the same every time, seconds, stands apart. */
  toJSON(): object {
    const { strategy, metric, better, rows, best, seconds } = this;
    return { strategy, metric, better, rows, best, seconds };
  }
}

const valueText = (value: unknown): string =>
  typeof value === "number" ? shortNumber(value) : typeof value === "string" ? value : JSON.stringify(value);
