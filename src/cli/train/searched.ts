import { search, type SearchResult, type Table } from "wasmgrad";
import { UsageError } from "../failures";
import { counted } from "../numbers";
import { grid, type Screen } from "../screen";
import { type Choice, type Circumstances, foldsOf, MIN_DELTA, untrained } from "./learn";
import type { Recipe } from "./plan";
import { canPutAside, classSizes, splitRules } from "./putAside";

/** Networks among which one is looked for. */
const HIDDEN = [[], [16], [32], [64], [128], [256], [32, 32], [64, 64], [128, 128], [64, 64, 64], [128, 128, 128]];

/** Trials that are listed. */
const LISTED = 10;

/** How a network is looked for. */
export interface Searching {
  /** How many are drawn. */
  readonly trials: number;
  /** How many are trained at once. */
  readonly workers: number | "auto";
  /** The layers, where they are set. */
  readonly hidden?: readonly number[] | undefined;
  /** Is told after each training. */
  readonly onProgress: (finished: number, total: number) => void;
}

/** What was found. */
export interface Searched {
  readonly choice: Choice;
  readonly result: SearchResult;
}

/** @throws UsageError when no rows can be put aside to search by */
export function checkSearch(
  rows: Table,
  { plan, options, columns }: Pick<Circumstances, "plan" | "options" | "columns">,
): void {
  const folds = foldsOf(plan, rows, columns);
  if (canPutAside(rows, options, folds === 1 ? plan.validation : 1 / folds, columns)) return;
  throw new UsageError(
    `--search: of ${counted(rows.rowCount, "row")} to learn from none can be put aside to compare networks by.`,
  );
}

/**
 * Draws networks and how they learn, and finds the one that does best on rows that it has not seen. Each learns until other rows that
 * were put aside get no better. The same for any number of workers.
 */
export async function searched(
  rows: Table,
  { trials, workers, hidden, onProgress }: Searching,
  { plan, seed, options, columns, name, signal }: Circumstances,
): Promise<Searched> {
  const folds = foldsOf(plan, rows, columns);
  const data = withoutLoneRows(rows, options);
  const result = await search(
    async (train: Table, parameters) => {
      const recipe = parameters as unknown as Recipe;
      const { model } = await untrained(train, recipe, { options, seed, name });
      return { model, fit: { batchSize: Math.min(plan.batchSize, train.rowCount) } };
    },
    {
      hidden: hidden ? [hidden] : HIDDEN,
      learningRate: { min: 3e-4, max: 1e-2, scale: "log" },
      dropout: [0, 0.1, 0.2, 0.3, 0.5],
      weightDecay: { min: 1e-3, max: 1, scale: "log" },
    },
    {
      data,
      trials,
      ...(folds === 1 ? { test: plan.validation } : { folds }),
      ...splitRules(rows, options, columns),
      seed,
      epochs: plan.epochs,
      earlyStopping: { patience: plan.patience, minDelta: MIN_DELTA },
      refit: false,
      workers,
      signal,
      onProgress: ({ finished, total }) => onProgress(finished, total),
    },
  );
  const { best } = result;
  const epochs = Math.max(1, Math.round(best.epochs.reduce((sum, one) => sum + one, 0) / best.epochs.length));
  const losses = result.rows.flatMap(({ score }) => (score === null ? [] : [score]));
  const choice = { recipe: best.parameters as unknown as Recipe, epochs, losses, learnt: undefined };
  return { choice, result: result as unknown as SearchResult };
}

/** Rows of classes that stand in more than one: a lone one cannot be learnt and tested. */
function withoutLoneRows(rows: Table, options: Circumstances["options"]): Table {
  const lone = new Set(classSizes(rows, options)?.flatMap(([word, count]) => (count === 1 ? [word] : [])));
  if (lone.size === 0) return rows;
  const column = rows.column(rows.targets[0]);
  const places = Array.from({ length: rows.rowCount }, (_, row) => row);
  return rows.take(places.filter((row) => !lone.has(String(column.at(row)))));
}

/** The best trials. */
export function printSearch(screen: Screen, { rows, best }: SearchResult): void {
  const short = (value: number, digits = 2) => String(Number(value.toPrecision(digits)));
  const ranked = rows.filter(({ rank }) => rank !== null).sort((a, b) => a.rank! - b.rank!);
  const lines = ranked.slice(0, LISTED).map(({ rank, score, deviation, scores, parameters }) => {
    const { hidden, learningRate, dropout, weightDecay } = parameters as unknown as Recipe;
    const loss = scores.length === 1 ? short(score!, 3) : `${short(score!, 3)} ± ${short(deviation!)}`;
    const layers = hidden.length === 0 ? "none" : hidden.join(",");
    return [`  ${rank}`, loss, layers, short(learningRate), String(dropout), short(weightDecay)];
  });
  const head = ["  rank", "loss", "layers", "rate", "drop", "decay"];
  const parts = best.scores.length === 1 ? "rows put aside" : `${best.scores.length} folds`;
  screen.section(`Search: ${counted(rows.length, "network")}, compared by ${parts}`);
  screen.print(...grid([head, ...lines], screen.columns - 1));
  if (ranked.length > LISTED) screen.print(`  … and ${counted(ranked.length - LISTED, "network")} with a larger loss`);
  const failed = rows.filter(({ error }) => error !== null);
  if (failed.length > 0) screen.paragraph(`  ${counted(failed.length, "network")} failed: ${failed[0].error!.message}`);
}

/** What a program reads of a search: the same for any number of workers. */
export function searchJson({ strategy, metric, better, rows, best }: SearchResult): object {
  return { strategy, metric, better, trials: rows.length, rows, best };
}
