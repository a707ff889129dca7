import type { ColumnOptions, ColumnType, TableOptions } from "wasmgrad";
import type { Flags, Given } from "./arguments";
import { UsageError, unknownName } from "./failures";

const TYPES: readonly ColumnType[] = ["number", "boolean", "category", "date", "text", "identifier"];

/** How a table is read: what `data.table` takes, as options of the command line. */
export const TABLE_FLAGS: Flags = {
  type: { value: "COLUMN=TYPE", isList: true, help: `what a column holds: ${TYPES.join(", ")}` },
  decimal: { value: "[COLUMN=]MARK", isList: true, help: "before decimals: a point or a comma" },
  thousands: { value: "[COLUMN=]MARK", isList: true, help: "between thousands" },
  order: { value: "[COLUMN=]ORDER", isList: true, help: "of dates in numbers: d/m/y, m/d/y or y/m/d" },
  missing: { value: "[COLUMN=]WORD", isList: true, help: "stands for a gap, besides n/a, NULL and the like" },
  "only-missing": {
    value: "[COLUMN=]WORD",
    isList: true,
    help: "stands for a gap, instead of the usual words",
  },
  unit: { value: "COLUMN=UNIT", isList: true, help: "what a column counts, where not all cells say it" },
  epoch: { value: "COLUMN=s|ms", isList: true, help: "dates in seconds or milliseconds since 1970" },
  unknown: {
    value: "[COLUMN=]POLICY",
    isList: true,
    help: "what a word that is none of the categories becomes: error, gap or other",
  },
  words: { value: "COLUMN=A,B,…", isList: true, help: "the categories of a column in their order" },
  magnitudes: { value: "COLUMN", isList: true, help: "reads 19M as 19000000" },
  bounds: { value: "COLUMN", isList: true, help: "reads 10,000+ and <5 as 10000 and 5" },
  hexadecimal: { value: "COLUMN", isList: true, help: "reads 0x1F as 31" },
  "as-written": { value: "COLUMN", isList: true, help: "keeps the categories 007 and 7 apart" },
  delimiter: { value: "MARK", help: 'what stands between cells; "tab", "whitespace", "fixed"' },
  header: { help: "the first row names the columns" },
  "no-header": { help: "the first row is a row like the others" },
  names: { value: "A,B,…", help: "the names of the columns" },
  quote: { value: "MARK", help: 'what stands around cells; "" for nothing' },
  encoding: { value: "NAME", help: "of the characters, such as windows-1252" },
  comment: { value: "MARK", help: "what begins a line that is no row" },
  "skip-rows": { value: "N", help: "lines left out at the beginning" },
  "skip-footer": { value: "N", help: "rows left out at the end" },
  format: { value: "csv|json", help: "what the file is, where it does not show it" },
  path: { value: "PATH", help: "where the rows are in JSON: data.rows" },
};

/** A column and what is said of it; of all columns without a name. */
function ofColumn(flag: string, text: string, isForAll = false): { column?: string; value: string } {
  const at = text.lastIndexOf("=");
  if (at > 0) return { column: text.slice(0, at), value: text.slice(at + 1) };
  if (isForAll) return { value: text };
  throw new UsageError(`--${flag} needs a column: --${flag} ${TABLE_FLAGS[flag].value}, got ${JSON.stringify(text)}.`);
}

const delimiterOf = (text: string | undefined) => (text === "tab" || text === "\\t" ? "\t" : text);

/** Options of `data.table` by what was given. */
export function tableOptions(given: Given): TableOptions {
  const columns = new Map<string, ColumnOptions>();
  const all: Record<string, unknown> = {};
  const settingsOf = (column: string) => {
    if (!columns.has(column)) columns.set(column, {});
    return columns.get(column) as Record<string, unknown>;
  };
  for (const text of given.all("type")) {
    const { column, value } = ofColumn("type", text);
    if (!TYPES.includes(value as ColumnType)) throw unknownName("type", value, TYPES);
    settingsOf(column!).type = value;
  }
  for (const flag of ["decimal", "thousands", "order", "unknown"]) {
    for (const text of given.all(flag)) {
      const { column, value } = ofColumn(flag, text, true);
      (column === undefined ? all : settingsOf(column))[flag] = value;
    }
  }
  for (const text of given.all("missing")) {
    const { column, value } = ofColumn("missing", text, true);
    const settings = column === undefined ? all : settingsOf(column);
    settings.missing = [...((settings.missing as string[] | undefined) ?? []), value];
  }
  for (const text of given.all("only-missing")) {
    const { column, value } = ofColumn("only-missing", text, true);
    const settings = column === undefined ? all : settingsOf(column);
    const { only = [] } = (settings.missing ?? {}) as { only?: string[] };
    settings.missing = { only: [...only, value] };
  }
  for (const flag of ["unit", "epoch", "words"]) {
    for (const text of given.all(flag)) {
      const { column, value } = ofColumn(flag, text);
      settingsOf(column!)[flag] = flag === "words" ? value.split(",") : value;
    }
  }
  for (const flag of ["magnitudes", "bounds", "hexadecimal", "as-written"]) {
    for (const column of given.all(flag)) settingsOf(column)[flag === "as-written" ? "asWritten" : flag] = true;
  }
  if (given.has("header") && given.has("no-header"))
    throw new UsageError("--header and --no-header exclude each other.");
  return {
    ...all,
    ...(columns.size > 0 ? { columns } : {}),
    ...textOptions(given),
  };
}

/** How a text is cut into rows and cells. */
function textOptions(given: Given): TableOptions {
  const options: TableOptions = {
    delimiter: delimiterOf(given.text("delimiter")),
    header: given.has("header") ? true : given.has("no-header") ? false : undefined,
    names: given.names("names"),
    quote: given.text("quote"),
    encoding: given.text("encoding"),
    comment: given.text("comment"),
    skipRows: given.whole("skip-rows", { min: 0 }),
    skipFooter: given.whole("skip-footer", { min: 0 }),
    format: given.choice("format", ["csv", "json"]),
    path: given.text("path"),
  };
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
