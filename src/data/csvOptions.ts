import { ArgumentError } from "../errors";
import { boolean, checkOptions, didYouMean, finiteNumber, integer, oneOf, show } from "../options";
import { isA } from "../platform/realm";
import type { MissingPolicy, WantedColumn } from "../table/csvColumns";
import type { OnlyMissing } from "../table/rules/missing";

/** A column by name, or by index from 0. */
export type ColumnReference = string | number;

/** Options of `csv`. */
export interface CsvOptions {
  /** What to learn. One categorical column gives labels; numeric ones give a column of y each. Default: no y. */
  target?: ColumnReference | readonly ColumnReference[] | undefined;
  /** The features, in this order. Default: every column that is not a target. */
  columns?: readonly ColumnReference[] | undefined;
  /** The first row names the columns; default true, a question when it is all numbers. Without a header names are "0", "1", … */
  header?: boolean | undefined;
  /** What stands between cells. Default: recognised among ",", ";", "\t", "|" and blanks. */
  delimiter?: string | undefined;
  /** Columns that are names, not quantities, even where they look like numbers: postal codes, digit labels. */
  categorical?: readonly ColumnReference[] | undefined;
  /**
   * Columns to write as one column of 0 and 1 for each category, which makes them categorical; true for all categorical
   * features. Default: none.
   */
  oneHot?: true | readonly ColumnReference[] | undefined;
  /** The categories of a column in the order of their codes. Default: those in the file, sorted. */
  categories?: ReadonlyMap<string, readonly string[]> | Readonly<Record<string, readonly string[]>> | undefined;
  /**
   * What to do with a missing value: "error" (default); "drop" leaves out its row; a number stands in for it; "keep"
   * marks it NaN (no category in a one-hot column), for `data.impute` to fill in. Targets are never filled: with all but
   * "error" rows without one are left out.
   */
  missing?: MissingPolicy | undefined;
  /** How a missing value is written, besides an empty cell and the usual words (NA, n/a, NULL, -, ?, …); `only`: instead of these. */
  missingValues?: readonly (string | number)[] | OnlyMissing | undefined;
  /** The most characters of a line, or of a row whose quoted cells go over several. Default 2²³, 8,388,608. */
  maximumLineLength?: number | undefined;
  /** The most columns of the file. Default 2¹⁸, 262,144. */
  maximumColumns?: number | undefined;
  /** The most bytes of text, inflated when the file is compressed. Default 1 GiB, 2³⁰. */
  maximumBytes?: number | undefined;
}

const OPTIONS = [
  "target",
  "columns",
  "header",
  "delimiter",
  "categorical",
  "oneHot",
  "categories",
  "missing",
  "missingValues",
  "maximumLineLength",
  "maximumColumns",
  "maximumBytes",
];

/** Options that do not depend on the file, with their defaults. */
export function checkCsvOptions(options: CsvOptions) {
  checkOptions("csv", options, OPTIONS);
  const { header, delimiter, missing = "error", missingValues } = options;
  if (header !== undefined) boolean("csv", "header", header);
  const isDelimiter = typeof delimiter === "string" && delimiter !== "" && !/["\r\n\ufeff]/.test(delimiter);
  if (delimiter !== undefined && !isDelimiter) {
    throw new ArgumentError(`csv: delimiter must be text without quotes and line ends, got ${show(delimiter)}.`);
  }
  if ((missing as string) === "mean") {
    throw new ArgumentError(
      'csv: missing cannot be "mean", which would learn from rows kept for testing. Use "keep", split, then data.impute.',
    );
  }
  if (typeof missing === "number") finiteNumber("csv", "missing", missing);
  else oneOf("csv", "missing", missing, ["error", "drop", "keep"]);
  checkMissingValues(missingValues);
  const limits = {
    maximumLineLength: integer("csv", "maximumLineLength", options.maximumLineLength ?? 2 ** 23),
    maximumColumns: integer("csv", "maximumColumns", options.maximumColumns ?? 2 ** 18),
    maximumBytes: integer("csv", "maximumBytes", options.maximumBytes ?? 2 ** 30),
  };
  return { header, delimiter, missing, missingValues, limits };
}

function checkMissingValues(missingValues: unknown): void {
  if (missingValues === undefined) return;
  const isOnly = missingValues !== null && typeof missingValues === "object" && "only" in missingValues;
  const words: unknown = isOnly ? missingValues.only : missingValues;
  const isWord = (word: unknown) => typeof word === "string" || (typeof word === "number" && Number.isFinite(word));
  if (Array.isArray(words) && words.every(isWord)) return;
  throw new ArgumentError(`csv: missingValues must be an array of words and numbers, got ${show(words)}.`);
}

/** A column to read, and whether it becomes one column for each category. */
export interface ChosenColumn extends WantedColumn {
  readonly isOneHot: boolean;
}

/** What the options say of the columns of a file. */
export interface ChosenColumns {
  /** Features first, in their order, then targets. */
  readonly wanted: readonly ChosenColumn[];
}

/** The options that name columns, by all names of a file. */
export function chooseColumns(names: readonly string[], options: CsvOptions): ChosenColumns {
  const places = new Map(names.map((name, place) => [name, place]));
  const find = (reference: unknown, option: string) => findColumn(names, places, reference, option, options.delimiter);
  const findAll = (references: unknown, option: "target" | "columns" | "categorical" | "oneHot"): number[] => {
    if (!Array.isArray(references)) {
      throw new ArgumentError(`csv: ${option} must be an array of columns, got ${show(references)}.`);
    }
    const indices = Array.from(references, (reference) => find(reference, option));
    if (new Set(indices).size === indices.length) return indices;
    throw new ArgumentError(`csv: ${option} names a column twice.`);
  };
  const { target = [], columns, categorical = [], oneHot = [], categories = {} } = options;
  const targets = findAll(Array.isArray(target) ? target : [target], "target");
  const isTarget = new Set(targets);
  const others = names.map((_, index) => index).filter((index) => !isTarget.has(index));
  const features = columns === undefined ? others : findAll(columns, "columns");
  const twice = features.find((index) => isTarget.has(index));
  if (twice !== undefined) throw new ArgumentError(`csv: ${show(names[twice])} is both a feature and a target.`);
  if (features.length === 0) throw new ArgumentError("csv: no column is left as a feature.");
  const encoded = oneHot === true ? [] : findAll(oneHot, "oneHot");
  const isCategorical = new Set([...findAll(categorical, "categorical"), ...encoded]);
  const isOneHot = new Set(oneHot === true ? features : encoded);
  const lists = new Map(Array.from(readCategoryLists(categories), ([name, list]) => [find(name, "categories"), list]));
  const wanted = [...features, ...targets].map((position) => ({
    position,
    isTarget: isTarget.has(position),
    isNamed: columns !== undefined || isTarget.has(position),
    isCategorical: isCategorical.has(position),
    isOneHot: isOneHot.has(position),
    categories: lists.get(position),
  }));
  return { wanted };
}

function findColumn(
  names: readonly string[],
  places: ReadonlyMap<string, number>,
  reference: unknown,
  option: string,
  delimiter: string | undefined,
): number {
  const index = typeof reference === "string" ? places.get(reference) : reference;
  if (typeof index === "number" && Number.isInteger(index) && index >= 0 && index < names.length) return index;
  const given = delimiter === undefined ? "" : ` ${show(delimiter)}`;
  const hint =
    names.length === 1
      ? ` The file has one column only: ${given ? `is its delimiter${given}?` : "set delimiter if it has more."}`
      : typeof reference === "string"
        ? nearestName(reference, names)
        : ` There are ${names.length}.`;
  throw new ArgumentError(`csv: ${option}: there is no column ${show(reference)}.${hint}`);
}

/** ` Did you mean "price"?` among all names of about that length, else the first names. */
function nearestName(name: string, names: readonly string[]): string {
  const likely = names.filter((one) => Math.abs(one.length - name.length) <= name.length / 2 + 4).slice(0, 20_000);
  const hint = didYouMean(name, likely);
  return hint.startsWith(" Did") ? hint : didYouMean(name, names.slice(0, 20));
}

function readCategoryLists(categories: unknown): ReadonlyMap<unknown, readonly string[]> {
  if (categories === null || typeof categories !== "object") {
    throw new ArgumentError(`csv: categories must be a Map or an object of arrays, got ${show(categories)}.`);
  }
  const lists = new Map<unknown, unknown>(
    isA("Map", categories) ? (categories as Map<unknown, unknown>) : Object.entries(categories),
  );
  for (const [name, list] of lists) {
    const isList = Array.isArray(list) && list.length > 0 && Array.from(list).every((one) => typeof one === "string");
    if (!isList || new Set(list).size !== list.length) {
      throw new ArgumentError(`csv: categories of ${show(name)} must be an array of different strings.`);
    }
  }
  return lists as ReadonlyMap<unknown, readonly string[]>;
}
