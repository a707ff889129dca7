import { checkOptions, integer } from "../options";
import type { Column } from "./columns/column";
import { descriptionText } from "./descriptionText";
import type { TableNote, TextLayout } from "./notes";
import type { ColumnRole, ColumnType } from "./schema";
import type { Row, Table, TableOrigin } from "./table";

/** Options of `table.describe`. */
export interface DescribeOptions {
  /** How many of the first rows. Default 5. */
  rows?: number | undefined;
}

/** How often a word comes. */
export interface WordCount {
  /** The word. */
  readonly word: string;
  /** In how many rows. */
  readonly count: number;
}

/** What is known of a column. */
export interface ColumnDescription {
  /** The column's name. */
  readonly name: string;
  /** What it holds. */
  readonly type: ColumnType;
  /** What it is there for. */
  readonly role: ColumnRole;
  /** What is counted. */
  readonly unit?: string | undefined;
  /** Rows without a value. */
  readonly gaps: number;
  /** How many values are different. */
  readonly distinct: number;
  /** The smallest number, or the first date as text. */
  readonly min?: number | string | undefined;
  /** The largest number, or the last date as text. */
  readonly max?: number | string | undefined;
  /** The mean of the numbers. */
  readonly mean?: number | undefined;
  /** The most usual words, at most five; of text some of its first. */
  readonly words?: readonly WordCount[] | undefined;
  /** Why it is read as it is. */
  readonly why: string;
}

/** What is known of a table: plain data, and text by `String(description)`. */
export interface TableDescription {
  /** The number of rows. */
  readonly rowCount: number;
  /** The columns in their order. */
  readonly columns: readonly ColumnDescription[];
  /** How the text was cut into rows and cells; absent where there was none. */
  readonly layout?: TextLayout | undefined;
  /** What was recognised, left out or guessed. */
  readonly notes: readonly TableNote[];
  /** The first rows. */
  readonly firstRows: readonly Row[];
  /** Text of lines of at most `width` characters, by default 80; at least 40. */
  toString(width?: number): string;
}

/** @internal */
export function describeTable(table: Table, origin: TableOrigin, options: DescribeOptions): TableDescription {
  checkOptions("table.describe", options, ["rows"]);
  const count = integer("table.describe", "rows", options.rows ?? 5, { min: 0 });
  const columns = table.columns.map((column, i): ColumnDescription => {
    const { role } = table.schema.columns[i];
    return {
      name: column.name,
      type: column.type,
      role,
      ...figures(column),
      why: origin.reasons.get(column.name) ?? "",
    };
  });
  const description = {
    rowCount: table.rowCount,
    columns,
    ...(origin.layout ? { layout: origin.layout } : {}),
    notes: origin.notes,
    firstRows: table.rows(0, Math.min(count, table.rowCount)).toObjects(),
  };
  // Not enumerable: the description is plain data for comparisons and JSON.
  Object.defineProperty(description, "toString", { value: (width?: number) => descriptionText(description, width) });
  return description;
}

function figures(column: Column): Omit<ColumnDescription, "name" | "type" | "role" | "why"> {
  if (column.type === "number" || column.type === "date") {
    const isDate = column.type === "date";
    const { gaps, min, max, mean, distinct } = ofNumbers(column.values);
    if (gaps === column.length) return { gaps, distinct: 0 };
    if (isDate) return { gaps, distinct, min: new Date(min).toISOString(), max: new Date(max).toISOString() };
    return { gaps, distinct, min, max, mean, ...(column.unit ? { unit: column.unit } : {}) };
  }
  const counts = new Map<string, number>();
  let gaps = 0;
  for (let row = 0; row < column.length; row++) {
    const value = column.at(row);
    if (value === null) gaps++;
    else counts.set(String(value), (counts.get(String(value)) ?? 0) + 1);
  }
  const words = [...counts]
    .sort(([, a], [, b]) => b - a)
    .slice(0, 5)
    .map(([word, count]) => ({ word, count }));
  return { gaps, distinct: counts.size, words };
}

function ofNumbers(values: Float64Array) {
  let [gaps, min, max, mean, count] = [0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0];
  for (const value of values) {
    if (Number.isNaN(value)) {
      gaps++;
      continue;
    }
    if (value < min) min = value;
    if (value > max) max = value;
    count++;
    mean += (value - mean) / count;
  }
  return { gaps, min, max, mean, distinct: new Set(values).size - (gaps > 0 ? 1 : 0) };
}
