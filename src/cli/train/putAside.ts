import type { data, Pipeline, PipelineOptions, Table } from "wasmgrad";

/** Classes of fewer rows cannot stand in every part. */
const ROWS_FOR_ALL_PARTS = 3;
/** A column of more numbers holds no classes that have to stand in every part. */
const MOST_CLASSES = 100;
/** Of fewer rows none are put aside. */
const FEWEST_ROWS = 20;

/** The rows of each class of the only target; undefined for quantities and several targets. */
function rowsOfClasses(table: Table, options: PipelineOptions): number[] | undefined {
  const [target, more] = table.targets;
  const column = table.column(target);
  const task = (options.columns as ReadonlyMap<string, { task?: string }> | undefined)?.get(target)?.task;
  const counts = new Map<unknown, number>();
  for (let row = 0; row < column.length; row++) counts.set(column.at(row), (counts.get(column.at(row)) ?? 0) + 1);
  const isBinary = [...counts.keys()].every((value) => value === 0 || value === 1);
  const isQuantity = column.type === "number" && !isBinary && task !== "classification";
  return isQuantity || more !== undefined || task === "regression" ? undefined : [...counts.values()];
}

/** What else says which rows are put aside together. */
export interface SplitColumns {
  /** The column whose values stay together. */
  readonly group?: string | undefined;
  /** The column by which later rows are put aside. */
  readonly time?: string | undefined;
}

/** By what a table is split: classes of numbers have to be named. */
export function splitRules(
  table: Table,
  options: PipelineOptions,
  { group, time }: SplitColumns = {},
): data.SplitRules {
  if (time !== undefined) return { time };
  const classes = rowsOfClasses(table, options);
  const hasClasses = classes && classes.length <= MOST_CLASSES;
  return {
    ...(hasClasses ? { stratify: table.targets[0] } : {}),
    ...(group === undefined ? {} : { groups: group }),
  };
}

/** Into how many folds a table can be cut at most. */
export function mostFolds(table: Table, { group, time }: SplitColumns = {}): number {
  const name = time ?? group;
  if (name === undefined) return table.rowCount;
  const column = table.column(name);
  const values = new Set(Array.from({ length: column.length }, (_, row) => String(column.at(row))));
  // The earliest rows are for learning only.
  return time === undefined ? values.size : values.size - 1;
}

/** Whether rows can be put aside so that the others still say what is to be learnt. */
export function canPutAside(
  table: Table,
  options: PipelineOptions,
  share: number,
  columns: SplitColumns = {},
): boolean {
  const classes = rowsOfClasses(table, options);
  const isEnough = table.rowCount >= FEWEST_ROWS && Math.min(share, 1 - share) * table.rowCount >= 2;
  const isApart = mostFolds(table, columns) >= (columns.time === undefined ? 2 : 1);
  return isEnough && isApart && (!classes || classes.filter((rows) => rows >= ROWS_FOR_ALL_PARTS).length > 1);
}

/** How many rows each class of the only target has, the fewest first; undefined where nothing is split by classes. */
export function classSizes(table: Table, options: PipelineOptions): [word: string, rows: number][] | undefined {
  const { stratify } = splitRules(table, options);
  if (typeof stratify !== "string") return undefined;
  const column = table.column(stratify);
  const sizes = new Map<string, number>();
  for (let row = 0; row < column.length; row++) {
    const word = String(column.at(row));
    sizes.set(word, (sizes.get(word) ?? 0) + 1);
  }
  return [...sizes].sort(([, a], [, b]) => a - b);
}

/** The rows whose classes a model can have learnt. */
export function knownRows(table: Table, { targets }: Pipeline): Table {
  const known = targets.map(({ column, classes }) => ({
    column: table.column(column),
    words: classes && new Set(classes),
  }));
  const places: number[] = [];
  for (let row = 0; row < table.rowCount; row++) {
    if (known.every(({ column, words }) => !words || words.has(String(column.at(row))))) places.push(row);
  }
  return places.length === table.rowCount ? table : table.take(places);
}
