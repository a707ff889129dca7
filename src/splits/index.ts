/** Parts of a table to train on and to test with. */
import { finiteNumber, integer } from "../options";
import type { Table } from "../table/table";
import { readRules, type SplitRules } from "./options";
import { foldRows, type RowParts, trainTestRows } from "./rows";

export type { SplitRules } from "./options";

/** Two parts of a table. */
export interface TrainAndTest {
  /** The rows to learn from. */
  readonly train: Table;
  /** The rows to find out with what was learnt. */
  readonly test: Table;
}

/** Options of `trainTest`. */
export interface TrainTestOptions extends SplitRules {
  /** The share of rows for testing, between 0 and 1. Default 0.2. */
  test?: number | undefined;
}

/** Options of `kFold`. */
export interface KFoldOptions extends SplitRules {
  /** How many. Default 5. */
  folds?: number | undefined;
}

/**
 * Two parts of a table: one to learn from, one to test with. By default classes have the same share in both.
 *
 *     const { train, test } = data.trainTest(table, { test: 0.2, seed: 1 });
 *
 * @returns tables whose rows are in the order in which they were
 * @throws ArgumentError, DataError when a part would be empty
 */
export function trainTest(table: Table, options: TrainTestOptions = {}): TrainAndTest {
  const who = "trainTest";
  const settings = readRules(who, table, options, ["test"]);
  const share = finiteNumber(who, "test", options.test ?? 0.2, { above: 0, below: 1 });
  return partsOf(table, trainTestRows(table.rowCount, share, settings));
}

/**
 * Cuts a table into folds, each of which is once for testing and else for learning. With `time` the windows grow: each fold is
 * tested with what was learnt from all rows before it, and the first is for learning only.
 *
 *     for (const { train, test } of data.kFold(table, { folds: 5, seed: 1 })) …
 *
 * @throws ArgumentError, DataError when a fold would be empty
 */
export function kFold(table: Table, options: KFoldOptions = {}): TrainAndTest[] {
  const who = "kFold";
  const settings = readRules(who, table, options, ["folds"]);
  const folds = integer(who, "folds", options.folds ?? 5, { min: 2 });
  return foldRows(table.rowCount, folds, settings).map((rows) => partsOf(table, rows));
}

const partsOf = (table: Table, { train, test }: RowParts): TrainAndTest => ({
  train: table.take(train),
  test: table.take(test),
});
