import { ArgumentError } from "../errors";
import { checkOptions, show } from "../options";
import type { Column } from "./columns/column";
import type { DecimalMark } from "./schema";
import type { Table } from "./table";

/** Options of `table.toCsv`. */
export interface CsvTextOptions {
  /** What stands between cells. Default ",". */
  delimiter?: string | undefined;
}

/** The text of a table, a line for each row. */
export function csvText(table: Table, options: CsvTextOptions): string {
  checkOptions("table.toCsv", options, ["delimiter"]);
  const { delimiter = "," } = options;
  if (typeof delimiter !== "string" || delimiter.length !== 1 || /["\r\n]/.test(delimiter)) {
    throw new ArgumentError(
      `table.toCsv: delimiter must be one character, no quote and no line end, got ${show(delimiter)}.`,
    );
  }
  const needsQuotes = new RegExp(`["\\r\\n${delimiter.replace(/[\\\]^-]/, "\\$&")}]|^[\\s#%/[{<@]|\\s$`);
  const quoted = (text: string) => (needsQuotes.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const { columns, rowCount } = table;
  const readings = table.schema.columns;
  const lines = [columns.map(({ name }) => quoted(name)).join(delimiter)];
  for (let row = 0; row < rowCount; row++) {
    const cells = columns.map((column, i) => quoted(cellText(column, row, readings[i].decimal)));
    // A line of nothing would be none.
    lines.push(cells.length === 1 && cells[0] === "" ? '""' : cells.join(delimiter));
  }
  return `${lines.join("\n")}\n`;
}

/** The text of a cell; nothing for a gap. Numbers are written so that they are the same when they are read. */
export function cellText(column: Column, row: number, decimal: DecimalMark = "."): string {
  if (column.isGap(row)) return "";
  if (column.type === "boolean") return column.words[column.values[row]];
  if (column.type === "date") return dateText(column.values[row]);
  const text = String(column.at(row));
  return column.type === "number" && decimal === "," ? text.replace(".", ",") : text;
}

/** A date in ISO 8601, without the time when it is midnight. */
export function dateText(time: number): string {
  const text = new Date(time).toISOString();
  return text.endsWith("T00:00:00.000Z") ? text.slice(0, -14) : text;
}
