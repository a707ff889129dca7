import { ArgumentError } from "../errors";
import { boolean, checkOptions, didYouMean, integer, oneOf, show } from "../options";
import { type MissingOption, missingWords } from "./rules/missing";
import type { Hints } from "./rules/rule";
import type { ColumnReading, ColumnType, DateOrder, DecimalMark, TableSchema, UnknownPolicy } from "./schema";

export type { MissingOption };

/** How cells are written: of a column, or of all that have no setting of their own. */
export interface WritingOptions {
  /** The mark before decimals. Default: decided by all cells, a question where they leave it open. */
  decimal?: DecimalMark | undefined;
  /** The mark between thousands: a comma, a point, a space or an apostrophe. Default: decided by all cells. */
  thousands?: string | undefined;
  /** The order of day, month and year where all are numbers. Default: decided by all cells. */
  order?: DateOrder | undefined;
  /** How gaps are written, besides an empty cell and the usual words; `{ only: […] }` instead of the usual words. */
  missing?: MissingOption | undefined;
  /** What becomes of a word that is none of the categories. Default "error". */
  unknown?: UnknownPolicy | undefined;
}

/** What is set of a column. */
export interface ColumnOptions extends WritingOptions {
  /** What the column holds. Default: decided by all cells. */
  type?: ColumnType | undefined;
  /** What is counted, where the cells do not all say it. */
  unit?: string | undefined;
  /** Reads 19M as 19000000. */
  magnitudes?: boolean | undefined;
  /** Reads 10,000+ and <5 as 10000 and 5. */
  bounds?: boolean | undefined;
  /** Reads 0x1F as 31. */
  hexadecimal?: boolean | undefined;
  /** What plain numbers count since 1970, in a column of dates. */
  epoch?: "s" | "ms" | undefined;
  /** The categories in the order of their codes; of a boolean column the words for false and true. */
  words?: readonly string[] | undefined;
  /** Keeps 007 and 7 apart as categories. Default: numbers are one category however they are written. */
  asWritten?: boolean | undefined;
}

/** How a text is cut into rows and cells. All of it is recognised where it is not set. */
export interface TextOptions {
  /** What the text is. Default: JSON or JSON lines when it begins with a bracket or a brace, else a table of rows. */
  format?: "csv" | "json" | undefined;
  /** What stands between cells; `"whitespace"` for any number of blanks and tabs, `"fixed"` for columns of fixed width. */
  delimiter?: string | undefined;
  /** The characters of each column, for `delimiter: "fixed"`. */
  widths?: readonly number[] | undefined;
  /** Whether the first row names the columns. Default: it does; a question when it consists of numbers. */
  header?: boolean | undefined;
  /** The names of the columns, instead of those in the header. */
  names?: readonly string[] | undefined;
  /** What stands around cells: `'"'`, `"'"`, or `""` for nothing. */
  quote?: string | undefined;
  /** How bytes are characters: "utf-8", "utf-16le", "windows-1252" and whatever `TextDecoder` knows. */
  encoding?: string | undefined;
  /** What begins a line that is no row, such as "#"; `""` for nothing. */
  comment?: string | undefined;
  /** Lines left out at the beginning. */
  skipRows?: number | undefined;
  /** Rows left out at the end. */
  skipFooter?: number | undefined;
  /** Where the rows are in JSON: "data.rows". */
  path?: string | undefined;
  /** The most characters of a line, or of a row whose quoted cells go over several. Default 2²⁵, 33,554,432. */
  maximumLineLength?: number | undefined;
  /** The most columns. Default 2²⁰, 1,048,576. */
  maximumColumns?: number | undefined;
  /** The most bytes of a text, inflated when it is compressed. Default 2³², none for `tableStream`. */
  maximumBytes?: number | undefined;
}

/** What is learnt, from what. */
export interface SelectionOptions {
  /** The columns to learn. Rows without a value in one of them are left out; a usual word for a gap that may be a class is an error. */
  target?: string | readonly string[] | undefined;
  /** The columns to learn from. Default: all but targets, identifiers and texts. */
  features?: readonly string[] | undefined;
  /** Columns to leave out altogether. */
  drop?: readonly string[] | undefined;
}

/** Options of `table`. */
export interface TableOptions extends TextOptions, WritingOptions, SelectionOptions {
  /** What is set of single columns, by name: a type, or everything. */
  columns?:
    | Readonly<Record<string, ColumnType | ColumnOptions>>
    | ReadonlyMap<string, ColumnType | ColumnOptions>
    | undefined;
  /** `schema` of an earlier table, or what JSON made of it: reads the same types, categories and roles, columns by name. */
  schema?: TableSchema | undefined;
}

/** Options with their defaults, checked. */
export interface CheckedOptions extends Omit<TableOptions, "columns" | "target" | "features" | "drop"> {
  readonly who: string;
  readonly hints: Hints;
  readonly columns: ReadonlyMap<string, Hints>;
  readonly target: readonly string[];
  readonly features: readonly string[] | undefined;
  readonly drop: readonly string[];
  readonly maximumLineLength: number;
  readonly maximumColumns: number;
  readonly maximumBytes: number;
}

export const TYPES: readonly ColumnType[] = ["number", "boolean", "category", "date", "text", "identifier"];
const WRITING = ["decimal", "thousands", "order", "missing", "unknown"];
const COLUMN = [...WRITING, "type", "unit", "magnitudes", "bounds", "hexadecimal", "epoch", "words", "asWritten"];
const TEXT = [
  "format",
  "delimiter",
  "widths",
  "header",
  "names",
  "quote",
  "encoding",
  "comment",
  "skipRows",
  "skipFooter",
];
const LIMITS = ["path", "maximumLineLength", "maximumColumns", "maximumBytes"];
const TABLE = [...TEXT, ...LIMITS, ...WRITING, "target", "features", "drop", "columns", "schema"];

/** @param more options of who asks, besides those of a table */
export function checkTableOptions(who: string, options: TableOptions, more: readonly string[] = []): CheckedOptions {
  checkOptions(who, options, [...TABLE, ...more]);
  const { format, delimiter, header, quote, comment, skipRows, skipFooter, path, encoding, widths } = options;
  if (format !== undefined) oneOf(who, "format", format, ["csv", "json"]);
  if (header !== undefined) boolean(who, "header", header);
  const text = { delimiter, path, encoding };
  for (const [name, value] of Object.entries(text)) {
    if (value !== undefined && (typeof value !== "string" || value === "")) throw notText(who, name, value);
  }
  if (delimiter !== undefined && /["\r\n\ufeff]/.test(delimiter)) throw notText(who, "delimiter", delimiter);
  if (quote !== undefined) oneOf(who, "quote", quote, ['"', "'", ""]);
  if (comment !== undefined && typeof comment !== "string") throw notText(who, "comment", comment);
  for (const [name, value] of Object.entries({ skipRows, skipFooter })) {
    if (value !== undefined) integer(who, name, value, { min: 0 });
  }
  if (widths !== undefined && !(Array.isArray(widths) && widths.every((one) => Number.isSafeInteger(one) && one > 0))) {
    throw new ArgumentError(`${who}: widths must be an array of whole numbers, got ${show(widths)}.`);
  }
  const limit = (name: "maximumLineLength" | "maximumColumns" | "maximumBytes", standard: number) =>
    options[name] === undefined ? standard : integer(who, name, options[name]);
  return {
    ...options,
    who,
    hints: checkWriting(who, options),
    columns: checkColumns(who, options.columns),
    target: nameList(who, "target", typeof options.target === "string" ? [options.target] : (options.target ?? [])),
    features: options.features && nameList(who, "features", options.features),
    drop: nameList(who, "drop", options.drop ?? []),
    names: options.names && nameList(who, "names", options.names),
    maximumLineLength: limit("maximumLineLength", 2 ** 25),
    maximumColumns: limit("maximumColumns", 2 ** 20),
    maximumBytes: limit("maximumBytes", 2 ** 32),
  };
}

const notText = (who: string, name: string, value: unknown) =>
  new ArgumentError(
    `${who}: ${name} must be text${name === "delimiter" ? " without quotes and line ends" : ""}, got ${show(value)}.`,
  );

/** Names of columns, each once. */
export function nameList(who: string, option: string, names: unknown): readonly string[] {
  if (!Array.isArray(names) || !names.every((name) => typeof name === "string")) {
    throw new ArgumentError(`${who}: ${option} must be names of columns, got ${show(names)}.`);
  }
  const twice = names.find((name, i) => names.indexOf(name) !== i && names.length < 10_000);
  if (twice !== undefined) throw new ArgumentError(`${who}: ${option} has ${show(twice)} twice.`);
  return names;
}

function checkWriting(who: string, { decimal, thousands, order, missing, unknown }: WritingOptions): Hints {
  if (decimal !== undefined) oneOf(who, "decimal", decimal, [".", ","]);
  if (thousands !== undefined) oneOf(who, "thousands", thousands, [",", ".", " ", "'"]);
  if (decimal !== undefined && decimal === thousands) {
    throw new ArgumentError(`${who}: decimal and thousands cannot both be ${show(decimal)}.`);
  }
  if (order !== undefined) oneOf(who, "order", order, ["d/m/y", "m/d/y", "y/m/d"]);
  if (unknown !== undefined) oneOf(who, "unknown", unknown, ["error", "gap", "other"]);
  return { decimal, thousands, order, unknown, ...missingWords(who, missing) };
}

function checkColumns(who: string, columns: TableOptions["columns"]): ReadonlyMap<string, Hints> {
  if (columns === undefined) return new Map();
  if (columns === null || typeof columns !== "object" || Array.isArray(columns)) {
    throw new ArgumentError(`${who}: columns must be an object of settings by name, got ${show(columns)}.`);
  }
  const entries = columns instanceof Map ? [...columns] : Object.entries(columns);
  return new Map(
    entries
      .filter(([, setting]) => setting !== undefined)
      .map(([name, setting]) => [name, checkColumn(who, name, setting)]),
  );
}

function checkColumn(who: string, name: string, setting: unknown): Hints {
  const of = `${who}: column ${show(name)}`;
  if (typeof setting === "string") {
    return { type: oneOf(of, "type", setting, TYPES) };
  }
  checkOptions(of, setting, COLUMN);
  const options = setting as ColumnOptions;
  const { type, unit, magnitudes, bounds, hexadecimal, epoch, words, asWritten } = options;
  if (type !== undefined) oneOf(of, "type", type, TYPES);
  if (unit !== undefined && typeof unit !== "string") throw notText(of, "unit", unit);
  for (const [option, value] of Object.entries({ magnitudes, bounds, hexadecimal, asWritten })) {
    if (value !== undefined) boolean(of, option, value);
  }
  if (epoch !== undefined) oneOf(of, "epoch", epoch, ["s", "ms"]);
  if (words !== undefined) checkWords(of, words, type);
  const flags = { magnitudes, bounds, hexadecimal, epoch, asWritten };
  const writing = checkWriting(of, options);
  const both = words?.find((word) => writing.saidMissing?.includes(word));
  if (both !== undefined) throw new ArgumentError(`${of}: ${show(both)} is among both words and missing.`);
  return { ...writing, ...flags, type, unit, words: words && [...words] };
}

/** Categories, each once. */
export function checkWords(of: string, words: unknown, type: ColumnReading["type"] | undefined): void {
  if (!Array.isArray(words) || !words.every((word) => typeof word === "string")) {
    throw new ArgumentError(`${of}: words must be an array of texts, got ${show(words)}.`);
  }
  if (new Set(words).size < words.length) throw new ArgumentError(`${of}: words has a word twice.`);
  if (type === "boolean" && words.length !== 2) {
    throw new ArgumentError(`${of}: words must be two, for false and true, got ${words.length}.`);
  }
}

/** The place of a name among all of a table; an error that names the nearest. */
export function placeOfName(who: string, option: string, name: string, places: ReadonlyMap<string, number>): number {
  const place = places.get(name);
  if (place !== undefined) return place;
  throw new ArgumentError(`${who}: ${option}: there is no column ${show(name)}.${nearest(name, places)}`);
}

/** ` Did you mean "price"?`, else all names where they are few. */
export function nearest(name: string, names: ReadonlyMap<string, unknown>): string {
  const likely = [...names.keys()].filter((one) => Math.abs(one.length - name.length) <= name.length / 2 + 4);
  const hint = didYouMean(name, likely.slice(0, 20_000));
  if (hint.startsWith(" Did")) return hint;
  const shown = [...names.keys()].slice(0, 20);
  return ` Known: ${shown.join(", ")}${names.size > shown.length ? `, … (${names.size} columns)` : ""}.`;
}
