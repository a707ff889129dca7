/** Parts of a table to train on and to test with. */
import { finiteNumber, integer } from "../options";
import type { Table } from "../table/table";
import { assignParts } from "./draw";
import { readRules, type SplitRules } from "./options";

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
  const parts = assignParts(table.rowCount, [1 - share, share], settings);
  return { train: rowsOf(table, parts, (part) => part === 0), test: rowsOf(table, parts, (part) => part === 1) };
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
  const count = settings.times ? folds + 1 : folds;
  const parts = assignParts(table.rowCount, new Array(count).fill(1 / count), settings);
  return Array.from({ length: folds }, (_, fold) => {
    const tested = settings.times ? fold + 1 : fold;
    const isLearnt = (part: number) => (settings.times ? part < tested : part !== tested);
    return { train: rowsOf(table, parts, isLearnt), test: rowsOf(table, parts, (part) => part === tested) };
  });
}

function rowsOf(table: Table, parts: Int32Array, holds: (part: number) => boolean): Table {
  const all = Array.from(parts.keys());
  return table.take(all.filter((row) => holds(parts[row])));
}
