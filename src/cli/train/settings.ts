import type { PipelineOptions, Table } from "wasmgrad";
import { didYouMean } from "../../options";
import type { Given } from "../arguments";
import { UsageError } from "../failures";
import type { SplitColumns } from "./putAside";

const SEEDS = { min: 0, max: 2 ** 32 - 1 };
/** Trials of a search where nobody says how many, and at most. */
const TRIALS = 20;
const MOST_TRIALS = 2 ** 16;
const MOST_WORKERS = 64;

/** What was set of a training. */
export interface Settings {
  /** The share of rows that is put aside to judge. */
  readonly test: number;
  readonly seed: number;
  readonly options: PipelineOptions;
  readonly columns: SplitColumns;
  /** Folds to judge by, besides. */
  readonly folds: number | undefined;
  /** How many networks are drawn; undefined: a few usual ones. */
  readonly trials: number | undefined;
  readonly workers: number | "auto";
  readonly hidden: readonly number[] | undefined;
  readonly epochs: number | undefined;
}

/**
 * Reads all that is set, before anything is read or done.
 *
 * @throws UsageError
 */
export function readSettings(given: Given): Settings {
  const test = given.share("test", { min: 0, below: 1 }) ?? 0.2;
  if (test === 0 && given.text("report")) {
    throw new UsageError("--report is about rows that were put aside, and --test 0 puts none aside. Leave one out.");
  }
  if (given.has("group") && given.has("time")) {
    throw new UsageError("--group and --time exclude each other: later rows cannot be drawn by groups, too.");
  }
  if (given.has("workers") && !given.has("search")) throw new UsageError("--workers is of --search. Give that, too.");
  const text = given.text("search");
  return {
    test,
    seed: given.whole("seed", SEEDS) ?? 1,
    options: pipelineOptions(given),
    columns: { group: given.text("group"), time: given.text("time") },
    folds: given.whole("folds", { min: 2 }),
    trials: text === "" ? TRIALS : given.whole("search", { min: 1, max: MOST_TRIALS }),
    workers: given.whole("workers", { min: 1, max: MOST_WORKERS }) ?? "auto",
    hidden: given.wholes("hidden", { min: 1, max: 2 ** 14 }),
    epochs: given.whole("epochs", { min: 1 }),
  };
}

function pipelineOptions(given: Given): PipelineOptions {
  const task = given.choice("task", ["classification", "regression"]);
  if (task === undefined) return {};
  return { columns: new Map((given.names("target") ?? []).map((name) => [name, { task }])) };
}

/**
 * Makes sure that rows can be told apart by the columns that were named.
 *
 * @throws UsageError
 */
export function checkSplitColumns(table: Table, { group, time }: SplitColumns): void {
  for (const [flag, name] of Object.entries({ group, time })) {
    if (name === undefined) continue;
    if (!table.has(name)) {
      throw new UsageError(
        `--${flag}: there is no column ${JSON.stringify(name)}.${didYouMean(name, table.columnNames)}`,
      );
    }
    if (table.targets.includes(name)) {
      throw new UsageError(`--${flag}: ${JSON.stringify(name)} is what is to be learnt. Name another column.`);
    }
    const column = table.column(name);
    if (flag === "time" && column.type !== "date" && column.type !== "number") {
      throw new UsageError(
        `--time: ${JSON.stringify(name)} is a column of type ${column.type}, expected dates or numbers. If it is dates: --type ${JSON.stringify(name)}=date.`,
      );
    }
    for (let row = 0; row < column.length; row++) {
      if (!column.isGap(row)) continue;
      throw new UsageError(
        `--${flag}: row ${row + 1} has no value in ${JSON.stringify(name)}. Fill it, or leave the row out.`,
      );
    }
  }
}
