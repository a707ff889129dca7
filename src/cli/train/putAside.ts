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

/** By what a table is split: classes of numbers have to be named. */
export function splitRules(table: Table, options: PipelineOptions): data.SplitRules {
  const classes = rowsOfClasses(table, options);
  return classes && classes.length <= MOST_CLASSES ? { stratify: table.targets[0] } : {};
}

/** Whether rows can be put aside so that the others still say what is to be learnt. */
export function canPutAside(table: Table, options: PipelineOptions, share: number): boolean {
  const classes = rowsOfClasses(table, options);
  const isEnough = table.rowCount >= FEWEST_ROWS && Math.min(share, 1 - share) * table.rowCount >= 2;
  return isEnough && (!classes || classes.filter((rows) => rows >= ROWS_FOR_ALL_PARTS).length > 1);
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
