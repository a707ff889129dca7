import { textDecoder } from "../platform/text";
import { ArgumentError, DataError, FormatError } from "../errors";
import { boolean, checkOptions, didYouMean, finiteNumber, oneOf, show } from "../options";
import { type ByteSource, inflateUpTo, isGzip, readBytes } from "../io/bytes";
import { Dataset } from "./dataset";
import { Selection } from "./selection";
import { type Column, encode, type MissingPolicy, readColumn, type Row, withoutMissing } from "./table";
import { Tensor } from "../tensor/tensor";

/** A column by name, or by index from 0. */
export type ColumnReference = string | number;

/** Options of `csv`. */
export interface CsvOptions {
  /** What to learn. One categorical column gives labels; numeric ones give a column of y each. Default: no y. */
  target?: ColumnReference | readonly ColumnReference[];
  /** The features, in this order. Default: every column that is not a target. */
  columns?: readonly ColumnReference[];
  /** The first line names the columns; default true. Without a header names are "0", "1", … */
  header?: boolean;
  /** Default ",". */
  delimiter?: string;
  /** Columns that are names, not quantities, even where they look like numbers: postal codes, digit labels. */
  categorical?: readonly ColumnReference[];
  /**
   * Columns to write as one column of 0 and 1 for each category, which makes them categorical; true for all categorical
   * features. Default: none.
   */
  oneHot?: true | readonly ColumnReference[];
  /** The categories of a column in the order of their codes. Default: those in the file, sorted. */
  categories?: ReadonlyMap<string, readonly string[]> | Readonly<Record<string, readonly string[]>>;
  /**
   * What to do with a missing value: "error" (default); "drop" leaves out its row; a number stands in for it; "keep"
   * marks it NaN (no category in a one-hot column), for `data.impute` to fill in. Targets are never filled.
   */
  missing?: MissingPolicy;
  /** How a missing value is written. Default: nothing, NA, N/A, NaN, nan, null, ?. */
  missingValues?: readonly string[];
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
];

/** No JavaScript engine holds a longer string. */
const MAXIMUM_TEXT_BYTES = 2 ** 29;

/**
 * Reads a table of comma-separated values (RFC 4180; UTF-8, optionally gzipped) into memory.
 *
 * A column is numeric when all its values are numbers, categorical when none is; a mixture is an error unless
 * `categorical` names it, and so is a column that is all decimal commas, or that another delimiter would cut. Spaces around
 * values are dropped, empty lines skipped. x is float32 `[rows, features]`, with the code of the category, or one column each
 * when `oneHot`. y is float32 `[rows, targets]` for numeric targets, int32 `[rows]` for a categorical one, float32
 * `[rows, classes]` when `oneHot` names it.
 *
 * Nothing is computed from the values but the lists of categories, so a dataset may be split afterwards: what needs to
 * learn from the training part only is in `data.standardize`, `data.impute` and `data.oneHot`.
 *
 * @param source the text itself, or where its bytes are.
 * @throws FormatError naming the line when the text is not a table: an unclosed quote, a row too short or too long.
 * @throws DataError naming line and column for a value that is missing or unfit, or when there are no rows.
 * @throws ArgumentError for options that do not fit the table.
 */
export async function csv(source: string | ByteSource, options: CsvOptions = {}): Promise<CsvDataset> {
  const { header, delimiter, missing, missingValues } = checkCsvOptions(options);
  const text = typeof source === "string" ? source : await readText(source);
  const records = await parseRecords(text, delimiter);
  if (records.length === 0) throw new DataError("csv: the file is empty.");
  const names = header ? readHeader(records[0]) : records[0].cells.map((_, index) => String(index));
  const rows = header ? records.slice(1) : records;
  if (rows.length === 0) {
    const isPath = typeof source === "string" && !/[\r\n]/.test(source);
    const hint = isPath ? " Text was expected: read a file first, or give its URL." : "";
    throw new DataError(`csv: there are no rows below the header.${hint}`);
  }
  for (const { cells, line } of rows) {
    if (cells.length !== names.length) {
      const reference = header ? "the header" : "the first row";
      throw new FormatError(`csv: line ${line} has ${cells.length} cells, ${reference} has ${names.length}.`);
    }
  }
  const chosen = chooseColumns(names, options, delimiter);
  const isMissing = (cell: string) => missingValues.has(cell);
  const kept = withoutMissing(rows, names, chosen.features, chosen.targets, missing, isMissing);
  const read = (index: number) =>
    readColumn(kept, index, names[index], {
      isMissing,
      substitute: typeof missing === "number" ? missing : Number.NaN,
      isCategorical: chosen.categorical.has(index),
      isOneHot: chosen.oneHot.has(index),
      categories: chosen.categories.get(index),
    });
  return datasetOf(chosen.features.map(read), chosen.targets.map(read));
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
  return { header, delimiter, missing, missingValues: new Set(missingValues.map((value) => value.trim())) };
}

async function readText(source: ByteSource): Promise<string> {
  let bytes = await readBytes(source, "csv");
  if (isGzip(bytes)) bytes = await inflateUpTo(bytes, MAXIMUM_TEXT_BYTES, "csv");
  try {
    return textDecoder({ fatal: true }).decode(bytes);
  } catch (cause) {
    throw new FormatError("csv: the file is not text in UTF-8.", { cause });
  }
}

/** The records of the text with the line each begins on, empty lines left out. */
async function parseRecords(text: string, delimiter: string): Promise<Row[]> {
  const { default: papaparse } = await import("papaparse");
  // With one kind of line end nothing needs to be guessed, and lines can be counted from the cells.
  const { data, errors } = papaparse.parse<string[]>(text.replace(/\r\n?/g, "\n"), { delimiter, newline: "\n" });
  const rows: Row[] = [];
  let line = 1;
  const lineOf: number[] = [];
  for (const record of data) {
    lineOf.push(line);
    const cells = record.map((cell) => cell.trim());
    if (cells.length > 1 || cells[0] !== "") rows.push({ cells, line });
    line++;
    for (const cell of record) if (cell.includes("\n")) line += cell.split("\n").length - 1;
  }
  const [error] = errors;
  if (error) throw new FormatError(`csv: line ${lineOf[error.row ?? 0] ?? line}: ${error.message.toLowerCase()}.`);
  return rows;
}

function readHeader({ cells, line }: Row): readonly string[] {
  const seen = new Set<string>();
  for (const name of cells) {
    if (seen.has(name)) throw new FormatError(`csv: line ${line}: two columns are called ${show(name)}.`);
    seen.add(name);
  }
  return cells;
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
  const others = names.map((_, index) => index).filter((index) => !targets.includes(index));
  const features = columns === undefined ? others : findAll(columns, "columns");
  const twice = features.find((index) => targets.includes(index));
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
  const lists = new Map<unknown, unknown>(categories instanceof Map ? categories : Object.entries(categories));
  for (const [name, list] of lists) {
    const isList = Array.isArray(list) && list.length > 0 && Array.from(list).every((one) => typeof one === "string");
    if (!isList || new Set(list).size !== list.length) {
      throw new ArgumentError(`csv: categories of ${show(name)} must be an array of different strings.`);
    }
  }
  return lists as ReadonlyMap<unknown, readonly string[]>;
}

function datasetOf(features: readonly Column[], targets: readonly Column[]): CsvDataset {
  const x = encode(features);
  const [label] = targets;
  const isCategorical = targets.some(({ categories }) => categories);
  if (isCategorical && targets.length > 1) {
    throw new ArgumentError("csv: several targets must all be numeric. Read the file once for each other target.");
  }
  const categories = [...features, ...targets].flatMap((one) =>
    one.categories ? [[one.name, one.categories] as const] : [],
  );
  const labels = () => new Tensor(Int32Array.from(label.values), [label.values.length]);
  const y = targets.length === 0 ? [] : isCategorical && !label.isOneHot ? [labels()] : [encode(targets).tensor];
  return new CsvDataset(new Selection({ x: [x.tensor], y }), x.names, label?.categories, new Map(categories));
}
