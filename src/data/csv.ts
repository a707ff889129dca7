import { ArgumentError, DataError, FormatError } from "../errors";
import type { ByteSource } from "../io/bytes";
import { boolean, checkOptions, didYouMean, finiteNumber, integer, oneOf, show } from "../options";
import { isA } from "../platform/realm";
import { ColumnReader, copied } from "./columnReader";
import { readRecords } from "./csvRecords";
import { readPieces } from "./csvText";
import { Dataset } from "./dataset";
import { Selection } from "./selection";
import { type MissingPolicy, Table, type TableColumn } from "./table";

/** A column by name, or by index from 0. */
export type ColumnReference = string | number;

/** Options of `csv`. */
export interface CsvOptions {
  /** What to learn. One categorical column gives labels; numeric ones give a column of y each. Default: no y. */
  target?: ColumnReference | readonly ColumnReference[] | undefined;
  /** The features, in this order. Default: every column that is not a target. */
  columns?: readonly ColumnReference[] | undefined;
  /** The first line names the columns; default true. Without a header names are "0", "1", … */
  header?: boolean | undefined;
  /** Default ",". */
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
   * marks it NaN (no category in a one-hot column), for `data.impute` to fill in. Targets are never filled.
   */
  missing?: MissingPolicy | undefined;
  /** How a missing value is written. Default: nothing, NA, N/A, NaN, nan, null, ?. */
  missingValues?: readonly string[] | undefined;
  /** The most characters of a line, or of a row whose quoted cells go over several. Default 2²³, 8,388,608. */
  maximumLineLength?: number | undefined;
  /** The most columns of the file. Default 2¹⁸, 262,144. */
  maximumColumns?: number | undefined;
  /** The most bytes of text, inflated when the file is compressed. Default 1 GiB, 2³⁰. */
  maximumBytes?: number | undefined;
}

/** A dataset with the names its columns had. Parts and batches of it are plain datasets. */
export class CsvDataset extends Dataset {
  /** @internal */
  constructor(
    selection: Selection,
    /** The columns of x. A one-hot column is called `column=category`. */
    readonly featureNames: readonly string[],
    /** What the labels of a categorical target stand for; undefined for other targets. */
    readonly classNames: readonly string[] | undefined,
    /** The categories of every categorical column, to read a second file with the same codes. */
    readonly categories: ReadonlyMap<string, readonly string[]>,
  ) {
    super(selection);
  }
}

const MISSING_VALUES = ["", "NA", "N/A", "NaN", "nan", "null", "?"];
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

/**
 * Reads a table of comma-separated values (RFC 4180; UTF-8, optionally gzipped) into memory, which takes about 20 bytes a cell
 * while it reads, and 4 or 12 afterwards, however long the text. The event loop runs meanwhile, between rows: one of 20,000 cells
 * takes 20 to 80 ms, with the header that names them.
 *
 * A column is numeric when all its values are numbers, categorical when none is; a mixture is an error unless
 * `categorical` names it, and so is a column that is all decimal commas, or that another delimiter would cut. Spaces around
 * values are dropped, empty lines skipped. x is float32 `[rows, features]`, with the code of the category, or one column each
 * when `oneHot`. y is float32 `[rows, targets]` for numeric targets, int32 `[rows]` for a categorical one, float32
 * `[rows, classes]` when `oneHot` names it.
 *
 * Nothing is computed from the values but the lists of categories, so a dataset may be split afterwards: what needs to
 * learn from the training part only is in `data.standardize`, `data.impute` and `data.oneHot`. Numbers that float32 cannot
 * tell apart, such as times in milliseconds, stay as they are for these three, and are an error where they are trained on.
 *
 * @param source the text itself, or where its bytes are.
 * @throws FormatError naming the line when the text is not a table: an unclosed quote, a row too short or too long, anything
 *   above the limits.
 * @throws DataError naming line and column for a value that is missing or unfit, or when there are no rows.
 * @throws ArgumentError for options that do not fit the table.
 */
export async function csv(source: string | ByteSource, options: CsvOptions = {}): Promise<CsvDataset> {
  const { header, delimiter, missing, missingValues, limits } = checkCsvOptions(options);
  const pieces = readPieces(source, limits.maximumBytes);
  const isMissing = missingTest(missingValues);
  let table: Table | undefined;
  await readRecords(pieces, delimiter, limits, (cells, line) => {
    if (table) return table.add(cells, line);
    const names = header ? readHeader(cells.map(copied), line) : cells.map((_, index) => String(index));
    const chosen = chooseColumns(names, options, delimiter);
    const reference = header ? "the header" : "the first row";
    table = new Table(columnsOf(names, chosen, missing), names.length, reference, missing, isMissing);
    if (!header) table.add(cells, line);
  });
  if (!table) throw new DataError("csv: the file is empty.");
  if (table.isEmpty) {
    const isPath = typeof source === "string" && !/[\r\n]/.test(source);
    const hint = isPath ? " Text was expected: read a file first, or give its URL." : "";
    throw new DataError(`csv: there are no rows below the header.${hint}`);
  }
  return datasetOf(table);
}

/** Whether a cell says that a value is missing. Most cells are numbers, which are told by their first character. */
function missingTest(missingValues: ReadonlySet<string>): (cell: string) => boolean {
  const isDigit = (cell: string) => cell.charCodeAt(0) >= 48 && cell.charCodeAt(0) <= 57;
  const hasNumber = [...missingValues].some(isDigit);
  return (cell) => (hasNumber || !isDigit(cell)) && missingValues.has(cell);
}

/** Features first, in their order, then targets. */
function columnsOf(
  names: readonly string[],
  { features, targets, categorical, oneHot, categories }: ReturnType<typeof chooseColumns>,
  missing: MissingPolicy,
): readonly TableColumn[] {
  const substitute = typeof missing === "number" ? missing : Number.NaN;
  const columnOf = (isTarget: boolean) => (index: number) => {
    const isCategorical = categorical.has(index);
    const rules = { substitute, isCategorical, isOneHot: oneHot.has(index), categories: categories.get(index) };
    return { index, isTarget, reader: new ColumnReader(names[index], rules) };
  };
  return [...features.map(columnOf(false)), ...targets.map(columnOf(true))];
}

function checkCsvOptions(options: CsvOptions) {
  checkOptions("csv", options, OPTIONS);
  const { header = true, delimiter = ",", missing = "error", missingValues = MISSING_VALUES } = options;
  boolean("csv", "header", header);
  if (typeof delimiter !== "string" || delimiter === "" || /["\r\n\ufeff]/.test(delimiter)) {
    throw new ArgumentError(`csv: delimiter must be text without quotes and line ends, got ${show(delimiter)}.`);
  }
  if ((missing as string) === "mean") {
    throw new ArgumentError(
      'csv: missing cannot be "mean", which would learn from rows kept for testing. Use "keep", split, then data.impute.',
    );
  }
  if (typeof missing === "number") finiteNumber("csv", "missing", missing);
  else oneOf("csv", "missing", missing, ["error", "drop", "keep"]);
  if (!Array.isArray(missingValues) || !missingValues.every((value) => typeof value === "string")) {
    throw new ArgumentError(`csv: missingValues must be an array of strings, got ${show(missingValues)}.`);
  }
  const limits = {
    maximumLineLength: integer("csv", "maximumLineLength", options.maximumLineLength ?? 2 ** 23),
    maximumColumns: integer("csv", "maximumColumns", options.maximumColumns ?? 2 ** 18),
    maximumBytes: integer("csv", "maximumBytes", options.maximumBytes ?? 2 ** 30),
  };
  return { header, delimiter, missing, missingValues: new Set(missingValues.map((value) => value.trim())), limits };
}

function readHeader(names: readonly string[], line: number): readonly string[] {
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) throw new FormatError(`csv: line ${line}: two columns are called ${show(name)}.`);
    seen.add(name);
  }
  return names;
}

/** The options that name columns, as indices. */
function chooseColumns(names: readonly string[], options: CsvOptions, delimiter: string) {
  const find = (reference: unknown, option: string) => findColumn(names, reference, option, delimiter);
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
  const lists = readCategoryLists(categories);
  return {
    targets,
    features,
    categorical: new Set([...findAll(categorical, "categorical"), ...encoded]),
    oneHot: new Set(oneHot === true ? features : encoded),
    categories: new Map(Array.from(lists, ([name, list]) => [find(name, "categories"), list])),
  };
}

function findColumn(names: readonly string[], reference: unknown, option: string, delimiter: string): number {
  const index = typeof reference === "string" ? names.indexOf(reference) : reference;
  if (typeof index === "number" && Number.isInteger(index) && index >= 0 && index < names.length) return index;
  const hint =
    names.length === 1
      ? ` The file has one column only: is its delimiter ${show(delimiter)}?`
      : typeof reference === "string"
        ? didYouMean(reference, names.slice(0, 20))
        : ` There are ${names.length}.`;
  throw new ArgumentError(`csv: ${option}: there is no column ${show(reference)}.${hint}`);
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

async function datasetOf(table: Table): Promise<CsvDataset> {
  const columns = table.finish();
  const [features, targets] = [columns.filter(({ isTarget }) => !isTarget), columns.filter(({ isTarget }) => isTarget)];
  const [label] = targets;
  const isCategorical = targets.some(({ categories }) => categories);
  if (isCategorical && targets.length > 1) {
    throw new ArgumentError("csv: several targets must all be numeric. Read the file once for each other target.");
  }
  const x = await table.encode(features);
  const categories = columns.flatMap((one) => (one.categories ? [[one.name, one.categories] as const] : []));
  const readTargets = async () =>
    isCategorical && !label.isOneHot ? await table.labels(label) : (await table.encode(targets)).tensor;
  const y = targets.length === 0 ? [] : [await readTargets()];
  const selection = new Selection({ x: [x.tensor], y, names: x.names });
  return new CsvDataset(selection, x.names, label?.categories, new Map(categories));
}
