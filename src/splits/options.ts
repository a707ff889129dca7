import { ArgumentError } from "../errors";
import { checkOptions, integer, show } from "../options";
import type { Table } from "../table/table";

/** How rows are told apart for training and testing. */
export interface SplitRules {
  /** Determines the order in which rows are drawn. Default 0. */
  seed?: number | undefined;
  /**
   * The column whose words have the same share in all parts, or false. Default: the target, where it holds words or truth values
   * and neither `groups` nor `time` is set.
   */
  stratify?: string | boolean | undefined;
  /** The column whose values stay together: rows of the same patient, house, day. */
  groups?: string | undefined;
  /** The column by which earlier rows are for training and later ones for testing. Rows of the same time stay together. */
  time?: string | undefined;
}

/** Settings of a split, checked. */
export interface SplitSettings {
  readonly who: string;
  readonly seed: number;
  /** A class for each row; undefined: all are alike. */
  readonly classes: Int32Array | undefined;
  /** A group for each row; undefined: each is one. */
  readonly groups: Int32Array | undefined;
  /** A time for each row. */
  readonly times: Float64Array | undefined;
}

/** @throws ArgumentError for settings that contradict each other, or a column that cannot serve */
export function readRules(who: string, table: Table, options: SplitRules, more: readonly string[]): SplitSettings {
  if (typeof (table as Partial<Table> | undefined)?.column !== "function") {
    throw new ArgumentError(`${who}: expects a table, as data.table gives one, got ${show(table)}.`);
  }
  checkOptions(who, options, ["seed", "stratify", "groups", "time", ...more]);
  const { seed = 0, groups, time } = options;
  integer(who, "seed", seed, { min: 0, max: 2 ** 32 - 1 });
  if (time !== undefined && (groups !== undefined || options.stratify)) {
    throw new ArgumentError(
      `${who}: time stands alone: later rows cannot be drawn by ${groups === undefined ? "stratify" : "groups"}, too.`,
    );
  }
  const stratify = options.stratify ?? (groups === undefined && time === undefined && hasClasses(table));
  return {
    who,
    seed,
    classes:
      stratify === false
        ? undefined
        : codesOf(who, "stratify", table, stratify === true ? targetOf(who, table) : stratify),
    groups: groups === undefined ? undefined : codesOf(who, "groups", table, groups),
    times: time === undefined ? undefined : timesOf(who, table, time),
  };
}

function hasClasses(table: Table): boolean {
  const [target, more] = table.targets;
  if (target === undefined || more !== undefined) return false;
  const { type } = table.column(target);
  return type === "category" || type === "boolean";
}

function targetOf(who: string, { targets }: Table): string {
  if (targets.length === 1) return targets[0];
  throw new ArgumentError(
    `${who}: stratify: true means the target, of which the table has ${targets.length}. Name a column.`,
  );
}

/** A number for each value of a column; gaps are a value, too. */
function codesOf(who: string, option: string, table: Table, name: unknown): Int32Array {
  if (typeof name !== "string")
    throw new ArgumentError(`${who}: ${option} must be the name of a column, got ${show(name)}.`);
  const column = table.column(name);
  if (option === "stratify" && column.type === "number" && new Set(column.values).size > 100) {
    throw new ArgumentError(
      `${who}: stratify: ${show(name)} holds quantities. Choose a column of words, or stratify: false.`,
    );
  }
  const codes = new Map<unknown, number>();
  return Int32Array.from({ length: column.length }, (_, row) => {
    const value = column.at(row);
    const key = value instanceof Date ? value.getTime() : value;
    if (!codes.has(key)) codes.set(key, codes.size);
    return codes.get(key)!;
  });
}

function timesOf(who: string, table: Table, name: unknown): Float64Array {
  if (typeof name !== "string")
    throw new ArgumentError(`${who}: time must be the name of a column, got ${show(name)}.`);
  const column = table.column(name);
  if (column.type !== "date" && column.type !== "number") {
    throw new ArgumentError(
      `${who}: time: ${show(name)} is a column of type ${column.type}, expected dates or numbers.`,
    );
  }
  const gap = column.values.findIndex(Number.isNaN);
  if (gap >= 0) throw new ArgumentError(`${who}: time: row ${gap + 1} has no value in ${show(name)}.`);
  return column.values;
}
