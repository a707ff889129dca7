/** What a column holds. */
export type ColumnType = "number" | "boolean" | "category" | "date" | "text" | "identifier";

/** What a column is there for. One that is neither is kept, and not learnt from. */
export type ColumnRole = "feature" | "target" | "none";

/** Which mark stands before the decimals. */
export type DecimalMark = "." | ",";

/** Which of two numbers of a date like 1/10/2019 is the day. */
export type DateOrder = "d/m/y" | "m/d/y" | "y/m/d";

/** What becomes of a word that is none of a column's categories: an error, a gap, or the category `"other"`. */
export type UnknownPolicy = "error" | "gap" | "other";

/** How the cells of a column become values: all that was decided, in plain JSON. */
export interface ColumnReading {
  /** What it holds. */
  readonly type: ColumnType;
  /** The mark before the decimals, where it is not a point. */
  readonly decimal?: DecimalMark | undefined;
  /** The mark between thousands, where there is one: a comma, a point, a space or an apostrophe. */
  readonly thousands?: string | undefined;
  /** What is counted: "%", "$", "kg". The numbers are as they are written: 5 % is 5. */
  readonly unit?: string | undefined;
  /** Whether 19M is 19000000. */
  readonly magnitudes?: boolean | undefined;
  /** Whether 10,000+ and <5 are 10000 and 5. */
  readonly bounds?: boolean | undefined;
  /** Whether 0x1F is 31. */
  readonly hexadecimal?: boolean | undefined;
  /** The order of day, month and year where they are all numbers. */
  readonly order?: DateOrder | undefined;
  /** What plain numbers of a column of dates count since 1970. Absent: they are years, or days as 20190131. */
  readonly epoch?: "s" | "ms" | undefined;
  /** The categories in the order of their codes, absent: those that occur; of a boolean column the words for false and true. */
  readonly words?: readonly string[] | undefined;
  /** Whether 007 and 7 are two categories. */
  readonly asWritten?: boolean | undefined;
  /** What becomes of a word that is none of the categories. Absent: an error. */
  readonly unknown?: UnknownPolicy | undefined;
  /** How a gap is written, besides an empty cell. Absent: in the usual words. */
  readonly missing?: readonly string[] | undefined;
}

/** A column of a schema. */
export interface ColumnSchema extends ColumnReading {
  /** The column's name in the header. */
  readonly name: string;
  /** What it is there for. */
  readonly role: ColumnRole;
}

/** All that is known of a table but its rows: plain JSON, to read another table in the same way. */
export interface TableSchema {
  /** Of this form; 1. */
  readonly version: 1;
  /** The columns in their order. */
  readonly columns: readonly ColumnSchema[];
}
