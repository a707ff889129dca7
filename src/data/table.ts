import { DataError } from "../errors";
import { didYouMean, show } from "../options";
import { Tensor } from "../tensor/tensor";

/** One record of a table, and the line of the file it begins on. */
export interface Row {
  readonly cells: readonly string[];
  readonly line: number;
}

/** What happens to a missing value: an error, its row is dropped, it is kept as NaN, or a number stands in for it. */
export type MissingPolicy = "error" | "drop" | "keep" | number;

/** A column as numbers: quantities as they are, categories as positions in their list, NaN where a value is missing. */
export interface Column {
  readonly name: string;
  readonly values: Float64Array;
  /** Undefined for quantities. */
  readonly categories?: readonly string[];
  /** One column for each category when encoded. */
  readonly isOneHot: boolean;
}

interface ColumnRules {
  readonly isMissing: (cell: string) => boolean;
  /** Stands for a missing quantity. */
  readonly substitute: number;
  readonly isCategorical: boolean;
  readonly isOneHot: boolean;
  readonly categories?: readonly string[];
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

const place = (row: Row, name: string): string => `csv: line ${row.line}, column ${show(name)}`;

/** The rows that the policy leaves: all, or those that miss nothing in the given columns. */
export function withoutMissing(
  rows: readonly Row[],
  names: readonly string[],
  features: readonly number[],
  targets: readonly number[],
  policy: MissingPolicy,
  isMissing: (cell: string) => boolean,
): readonly Row[] {
  const mustExist = policy === "error" || policy === "drop" ? [...features, ...targets] : targets;
  const firstMissing = (row: Row) => mustExist.find((index) => isMissing(row.cells[index]));
  if (policy === "drop") {
    const complete = rows.filter((row) => firstMissing(row) === undefined);
    if (complete.length === 0) throw new DataError(`csv: all ${rows.length} rows miss a value, none is left.`);
    return complete;
  }
  for (const row of rows) {
    const index = firstMissing(row);
    if (index === undefined) continue;
    const way = targets.includes(index) ? '"drop"' : '"drop", "keep" or a number';
    throw new DataError(`${place(row, names[index])}: the value is missing. Set the option missing to ${way}.`);
  }
  return rows;
}

/** Reads one column: numeric when all its values are numbers, categorical when none is, or when the rules say so. */
export function readColumn(rows: readonly Row[], index: number, name: string, rules: ColumnRules): Column {
  const present = rows.filter((row) => !rules.isMissing(row.cells[index]));
  const isWord = (row: Row) => !NUMBER.test(row.cells[index]);
  const firstWord = present.find(isWord);
  if (rules.isCategorical || rules.categories || firstWord) {
    const firstNumber = present.find((row) => !isWord(row));
    if (firstWord && firstNumber && !rules.isCategorical && !rules.categories) {
      throw new DataError(
        `${place(firstWord, name)}: ${show(firstWord.cells[index])} is not a number, but line ${firstNumber.line} has ` +
          `${firstNumber.cells[index]}. Name the column in categorical, or the value in missingValues.`,
      );
    }
    if (!rules.isCategorical && !rules.categories) refuseLikelyNumbers(present, index, name);
    return readCategories(rows, present, index, name, rules);
  }
  const values = new Float64Array(rows.length).fill(rules.substitute);
  for (const [i, row] of rows.entries()) {
    if (rules.isMissing(row.cells[index])) continue;
    values[i] = Number(row.cells[index]);
    if (!Number.isFinite(Math.fround(values[i]))) {
      throw new DataError(`${place(row, name)}: ${row.cells[index]} is too large for float32.`);
    }
  }
  return { name, values, isOneHot: false };
}

/** Amounts in the writing of other countries, or of a table cut at the wrong letters, would train as if they were names. */
function refuseLikelyNumbers(present: readonly Row[], index: number, name: string): void {
  const looksLike = (pattern: RegExp) => present.every(({ cells }) => pattern.test(cells[index]));
  const [first] = present;
  if (looksLike(/^[+-]?\d+,\d+$/)) {
    throw new DataError(
      `${place(first, name)}: ${show(first.cells[index])} has a decimal comma. Write points, or name the column in categorical.`,
    );
  }
  const found = [";", "\t", "|"].find(
    (delimiter) => name.includes(delimiter) && present.every(({ cells }) => cells[index].includes(delimiter)),
  );
  if (found) {
    throw new DataError(
      `${place(first, name)}: every line has ${show(found)} in it. Give delimiter: ${show(found)}, or name the column in categorical.`,
    );
  }
}

function readCategories(
  rows: readonly Row[],
  present: readonly Row[],
  index: number,
  name: string,
  rules: ColumnRules,
): Column {
  const categories = rules.categories ?? sortedCategories(new Set(present.map((row) => row.cells[index])));
  const codes = new Map(categories.map((category, code) => [category, code]));
  const values = new Float64Array(rows.length).fill(Number.NaN);
  for (const [i, row] of rows.entries()) {
    const cell = row.cells[index];
    if (rules.isMissing(cell)) {
      if (Number.isNaN(rules.substitute)) continue;
      throw new DataError(`${place(row, name)}: a number cannot stand for a missing category. Use "drop" or "keep".`);
    }
    const code = codes.get(cell);
    if (code === undefined) {
      throw new DataError(
        `${place(row, name)}: ${show(cell)} is not in categories.${didYouMean(cell, categories.slice(0, 20))}`,
      );
    }
    values[i] = code;
  }
  return { name, values, categories, isOneHot: rules.isOneHot };
}

/** By value when all are numbers, else by character code: the same on every machine, whatever its language. */
function sortedCategories(found: ReadonlySet<string>): readonly string[] {
  const categories = [...found].sort();
  return categories.every((category) => NUMBER.test(category))
    ? categories.sort((a, b) => Number(a) - Number(b))
    : categories;
}

/** 1 GiB of float32. */
const MAXIMUM_VALUES = 2 ** 28;

/** The columns side by side, `[rows, columns]`, and the name of each. */
export function encode(columns: readonly Column[]): { tensor: Tensor; names: readonly string[] } {
  const widthOf = ({ categories, isOneHot }: Column) => (isOneHot && categories ? categories.length : 1);
  const rowCount = columns[0].values.length;
  const width = columns.reduce((total, column) => total + widthOf(column), 0);
  if (rowCount * width > MAXIMUM_VALUES) {
    const widest = columns.reduce((most, column) => (widthOf(column) > widthOf(most) ? column : most));
    throw new DataError(
      `csv: ${rowCount} rows of ${width} values are too many. Column ${show(widest.name)} takes ${widthOf(widest)}.`,
    );
  }
  const data = new Float32Array(rowCount * width);
  const names: string[] = [];
  for (const column of columns) {
    const offset = names.length;
    const { name, values, categories } = column;
    if (column.isOneHot && categories) {
      for (const category of categories) names.push(`${name}=${category}`);
      for (let i = 0; i < rowCount; i++) if (!Number.isNaN(values[i])) data[i * width + offset + values[i]] = 1;
    } else {
      names.push(name);
      for (let i = 0; i < rowCount; i++) data[i * width + offset] = values[i];
    }
  }
  return { tensor: new Tensor(data, [rowCount, width]), names };
}
