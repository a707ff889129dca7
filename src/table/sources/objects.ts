import { DataError } from "../../errors";
import { show } from "../../options";
import { isA, kindOf } from "../../platform/realm";
import type { TableNote } from "../notes";
import { RawTable } from "../raw/rawTable";

/** What is set of rows that are objects. */
export interface ObjectOptions {
  readonly who: string;
  readonly path?: string | undefined;
  readonly header?: boolean | undefined;
  readonly names?: readonly string[] | undefined;
  readonly drop: readonly string[];
  readonly maximumColumns: number;
}

/** Objects within objects, at most. */
const MOST_LEVELS = 8;

/** Makes a raw table of objects, or of arrays that stand for rows. */
export class ObjectBuilder {
  raw: RawTable;
  readonly unnamed = new Set<number>();
  readonly #dropped: ReadonlySet<string>;
  readonly #flattened = new Set<string>();
  #count = 0;
  #header: readonly string[] | undefined;

  constructor(
    private readonly options: ObjectOptions,
    private readonly unit: "line" | "row",
  ) {
    this.raw = new RawTable([], unit);
    this.#dropped = new Set(options.drop);
  }

  /** @param line where it stands; absent: the number of the row */
  add(value: unknown, line = this.#count + 1): void {
    this.#count++;
    if (Array.isArray(value)) {
      this.#addArray(value, line);
      return;
    }
    if (!isRecord(value)) {
      throw new DataError(
        `${this.options.who}: ${this.unit} ${line} is ${show(value)}, expected an object with a value for each column. A single column is { name: [...] }.`,
      );
    }
    this.raw.beginRow(line);
    this.#put(value, "", 0);
  }

  take(): RawTable {
    const { raw } = this;
    this.raw = new RawTable(raw.names, this.unit);
    return raw;
  }

  get notes(): readonly TableNote[] {
    return [...this.#flattened].map((name) => ({
      text: `${show(name)} holds objects: their values are columns of their own, such as ${show(`${name}.…`)}.`,
    }));
  }

  #put(row: Readonly<Record<string, unknown>>, prefix: string, level: number): void {
    for (const key of Object.keys(row)) {
      const value = row[key];
      const name = prefix + key;
      if (this.#dropped.has(name)) continue;
      if (isRecord(value) && level < MOST_LEVELS) {
        this.#flattened.add(name);
        this.#put(value, `${name}.`, level + 1);
      } else this.raw.put(this.#columnOf(name), value);
    }
  }

  #columnOf(name: string): number {
    const { raw } = this;
    const { who, maximumColumns } = this.options;
    const column = raw.columnNamed(name === "" ? "column 1" : name);
    if (name === "") this.unnamed.add(column);
    if (column >= maximumColumns)
      throw new DataError(
        `${who}: there are more than ${maximumColumns} columns. Raise maximumColumns if that is meant.`,
      );
    return column;
  }

  /** A row as an array: the first names the columns, when it is all texts. */
  #addArray(values: readonly unknown[], line: number): void {
    const { who, header, names } = this.options;
    if (!this.#header) {
      const isHeader = header ?? (values.length > 0 && values.every((value) => typeof value === "string"));
      const standard = isHeader ? values.map(String) : values.map((_, i) => `column ${i + 1}`);
      this.#header = names ?? standard;
      for (const name of this.#header) this.#columnOf(name);
      if (new Set(this.#header).size < this.#header.length)
        throw new DataError(
          `${who}: ${this.unit} ${line}: two columns have the same name. Give other names with names.`,
        );
      if (isHeader) return;
    }
    if (values.length !== this.#header.length) {
      throw new DataError(
        `${who}: ${this.unit} ${line} has ${values.length} values, there are ${this.#header.length} columns.`,
      );
    }
    this.raw.beginRow(line);
    for (const [i, value] of values.entries())
      if (!this.#dropped.has(this.#header[i])) this.raw.put(this.#columnOf(this.#header[i]), value);
  }
}

/** Whether a value is an object with names, none of the platform's. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return (
    isA("Object", value) && !(Symbol.iterator in (value as object)) && !(Symbol.asyncIterator in (value as object))
  );
}

const isList = (value: unknown): value is ArrayLike<unknown> => Array.isArray(value) || kindOf(value) !== undefined;

/**
 * The columns of one object: those it holds as arrays of the same length, else one row of its values.
 *
 * @throws DataError for an object that is neither
 */
export function addRecord(
  builder: ObjectBuilder,
  record: Readonly<Record<string, unknown>>,
  { who, drop }: ObjectOptions,
): void {
  const entries = Object.entries(record).filter(([name]) => !drop.includes(name));
  const lists = entries.filter(([, value]) => isList(value)) as [string, ArrayLike<unknown>][];
  if (lists.length === 0) {
    builder.add(record);
    return;
  }
  const [[first, { length }]] = lists;
  if (lists.length < entries.length) {
    const rows = lists.find(([, list]) => list.length > 0 && isRecord(list[0]))?.[0];
    const others = entries.filter(([, value]) => !isList(value)).map(([name]) => show(name));
    const way = rows === undefined ? "" : `set path: ${show(rows)} if the rows are there, or `;
    throw new DataError(
      `${who}: the object is neither a row nor columns: ${show(rows ?? first)} is an array, ${others[0]} is none. ` +
        `To read it, ${way}leave out what is no column: drop: [${others.slice(0, 5).join(", ")}${others.length > 5 ? ", …" : ""}].`,
    );
  }
  if (lists.every(([, list]) => list.length > 0 && isRecord(list[0]))) {
    throw new DataError(
      `${who}: the object holds several tables, ${lists
        .slice(0, 5)
        .map(([name]) => show(name))
        .join(", ")}. Set path: ${show(first)} for one of them.`,
    );
  }
  const other = lists.find(([, list]) => list.length !== length);
  if (other)
    throw new DataError(
      `${who}: column ${show(first)} has ${length} values, ${show(other[0])} has ${other[1].length}.`,
    );
  for (let row = 0; row < length; row++) {
    builder.raw.beginRow(row + 1);
    for (const [name, list] of lists) builder.raw.put(builder.raw.columnNamed(name), list[row]);
  }
}
