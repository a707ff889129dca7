import { ArgumentError, DataError } from "../errors";
import { checkArity, checkOptions, integer, show } from "../options";
import type { CellValue, Column } from "./columns/column";
import { type CsvTextOptions, csvText } from "./csvText";
import { type DescribeOptions, describeTable, type TableDescription } from "./describe";
import type { TableNote, TextLayout } from "./notes";
import type { ColumnRole, ColumnSchema, TableSchema } from "./schema";
import { nameList, placeOfName, type SelectionOptions } from "./tableOptions";

/** A row as an object: a value for each column, by name. */
export type Row = Record<string, CellValue>;

/** @internal Where a table comes from. */
export interface TableOrigin {
  readonly layout?: TextLayout | undefined;
  readonly notes: readonly TableNote[];
  /** Why each column is read as it is, by name. */
  readonly reasons: ReadonlyMap<string, string>;
  /** What has to be answered of a column before it is learnt and its gaps are left out, by name. */
  readonly targetQuestions?: ReadonlyMap<string, string> | undefined;
}

const NOWHERE: TableOrigin = { notes: [], reasons: new Map() };

/**
 * Columns that know what they hold, side by side and by name. Nothing in it changes: what selects, gives a new table, which shares
 * the columns that it keeps.
 */
export class Table implements Iterable<Row> {
  readonly #places: ReadonlyMap<string, number>;
  readonly #origin: TableOrigin;

  /** @internal */
  constructor(
    /** The columns in their order. */
    readonly columns: readonly Column[],
    /** How each is read, and what for: plain JSON, to be written and given back as the option `schema`. */
    readonly schema: TableSchema,
    /** The number of rows. */
    readonly rowCount: number,
    origin: TableOrigin = NOWHERE,
  ) {
    this.#places = new Map(columns.map(({ name }, place) => [name, place]));
    this.#origin = origin;
  }

  /** The names of the columns in their order. */
  get columnNames(): readonly string[] {
    return this.columns.map(({ name }) => name);
  }

  /** The names of the columns to learn. */
  get targets(): readonly string[] {
    return this.#withRole("target");
  }

  /** The names of the columns to learn from: by default all but targets, identifiers and texts. */
  get features(): readonly string[] {
    return this.#withRole("feature");
  }

  #withRole(role: ColumnRole): readonly string[] {
    return this.schema.columns.filter((column) => column.role === role).map(({ name }) => name);
  }

  /** Whether there is a column of this name. */
  has(name: string): boolean {
    return this.#places.has(name);
  }

  /**
   * A column by its name.
   *
   * @throws ArgumentError when there is none
   */
  column(name: string): Column {
    return this.columns[placeOfName("table", "column", name, this.#places)];
  }

  /**
   * The same rows with these columns in this order, or with other things to learn.
   *
   *     table.select(["age", "fare"])
   *     table.select({ target: "price", drop: ["id"] })
   *
   * @param choice names of columns, or what to learn from what; rows without a value in a target are left out
   * @throws ArgumentError for a name that there is not; DataError when every row misses a target, and where a usual word for a gap
   *   comes as often in a target as a class, so that only somebody who knows the table can say which of both it is
   */
  select(choice: readonly string[] | SelectionOptions): Table {
    if (!Array.isArray(choice)) return this.#selectRoles(choice as SelectionOptions);
    const places = nameList("table.select", "columns", choice).map((name) =>
      placeOfName("table.select", "columns", name, this.#places),
    );
    return this.#with(
      places.map((place) => this.columns[place]),
      places.map((place) => this.schema.columns[place]),
    );
  }

  /**
   * The same rows without these columns.
   *
   * @throws ArgumentError for a name that there is not
   */
  drop(names: readonly string[]): Table {
    return this.#selectRoles({ drop: nameList("table.drop", "columns", names) });
  }

  #selectRoles(choice: SelectionOptions): Table {
    const who = "table.select";
    checkOptions(who, choice, ["target", "features", "drop"]);
    const drop = new Set(nameList(who, "drop", choice.drop ?? []));
    const kept = this.schema.columns.filter(({ name }) => !drop.has(name));
    for (const name of drop) placeOfName(who, "drop", name, this.#places);
    const columns = withRoles(who, kept, choice);
    const places = columns.map(({ name }) => this.#places.get(name)!);
    return this.#with(
      places.map((place) => this.columns[place]),
      columns,
    ).withoutTargetGaps();
  }

  /** @internal The same without the rows that miss a value of a target. */
  withoutTargetGaps(): Table {
    const targets = this.targets.map((name) => this.column(name));
    if (targets.length === 0) return this;
    const rows: number[] = [];
    for (let row = 0; row < this.rowCount; row++) if (!targets.some((column) => column.isGap(row))) rows.push(row);
    if (rows.length === this.rowCount) return this;
    const asked = targets
      .filter((column) => column.gaps > 0)
      .map(({ name }) => this.#origin.targetQuestions?.get(name));
    const questions = asked.filter((question) => question !== undefined);
    if (questions.length > 0) throw new DataError(questions.join("\n"));
    const names = this.targets.map(show).join(", ");
    if (rows.length === 0)
      throw new DataError(`table: none of the ${this.rowCount} rows has a value for the target ${names}.`);
    const count = this.rowCount - rows.length;
    const text = `${count} ${count === 1 ? "row" : "rows"} without a value for the target ${names} left out.`;
    const table = this.take(rows);
    return new Table(table.columns, table.schema, table.rowCount, {
      ...this.#origin,
      notes: [...this.#origin.notes, { text }],
    });
  }

  /**
   * The rows from `start` up to `end`, which is not included. Negative places count from the end, as those of `Array.slice`.
   */
  rows(start: number, end = this.rowCount): Table {
    const place = (value: unknown, name: string) => {
      const number = integer("table.rows", name, value, {});
      return number < 0 ? Math.max(0, this.rowCount + number) : Math.min(number, this.rowCount);
    };
    const [from, to] = [place(start, "start"), place(end, "end")];
    return this.take(Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i));
  }

  /**
   * The rows of these places in their order; a place may come again.
   *
   * @throws ArgumentError for a place where there is no row
   */
  take(places: ArrayLike<number>): Table {
    for (let i = 0; i < places.length; i++) {
      if (Number.isInteger(places[i]) && places[i] >= 0 && places[i] < this.rowCount) continue;
      throw new ArgumentError(`table.take: there is no row ${show(places[i])}, the table has ${this.rowCount}.`);
    }
    const columns = this.columns.map((column) => column.take(places));
    return new Table(columns, this.schema, places.length, this.#origin);
  }

  /** The rows of which a function says true. */
  filter(holds: (row: Row, place: number) => boolean): Table {
    const places: number[] = [];
    for (let place = 0; place < this.rowCount; place++) if (holds(this.row(place), place)) places.push(place);
    return this.take(places);
  }

  /**
   * One row as an object. Gaps are null.
   *
   * @throws ArgumentError when there is no such row
   */
  row(place: number): Row {
    integer("table.row", "place", place, { min: 0, below: this.rowCount });
    const row: Row = {};
    for (const column of this.columns) setValue(row, column.name, column.at(place));
    return row;
  }

  /** All rows as objects. */
  toObjects(): Row[] {
    return [...this];
  }

  /** The rows as objects, one after the other. */
  *[Symbol.iterator](): Generator<Row> {
    for (let place = 0; place < this.rowCount; place++) yield this.row(place);
  }

  /**
   * What is known of the table: types, gaps, ranges, the first rows, and what was recognised, and why. `String(…)` of it is text.
   *
   * @param options `rows`: how many of the first rows, by default 5
   */
  describe(options: DescribeOptions = {}, ...rest: unknown[]): TableDescription {
    checkArity("table.describe", rest, "table.describe({ rows })");
    return describeTable(this, this.#origin, options);
  }

  /**
   * The table as text with a header (RFC 4180). Read with `schema`, it gives the same table again.
   */
  toCsv(options: CsvTextOptions = {}): string {
    return csvText(this, options);
  }

  /** The number of rows, and the columns with their types. */
  toString(): string {
    const shown = this.columns.slice(0, 20).map(({ name, type }) => `${name} (${type})`);
    const rest = this.columns.length > shown.length ? `, … (${this.columns.length} columns)` : "";
    return `Table of ${this.rowCount} rows: ${shown.join(", ")}${rest}`;
  }

  #with(columns: readonly Column[], schemas: readonly ColumnSchema[]): Table {
    return new Table(columns, { version: 1, columns: schemas }, this.rowCount, this.#origin);
  }
}

/** Sets a value of any name, that of the prototype included. */
function setValue(row: Row, name: string, value: CellValue): void {
  if (name !== "__proto__") row[name] = value;
  else Object.defineProperty(row, name, { value, enumerable: true, configurable: true, writable: true });
}

/** Columns with roles by a choice: what it does not name keeps its role. */
export function withRoles(
  who: string,
  columns: readonly ColumnSchema[],
  { target, features }: SelectionOptions,
): readonly ColumnSchema[] {
  const places = new Map(columns.map(({ name }, place) => [name, place]));
  const all = (option: string, names: unknown) => {
    for (const name of nameList(who, option, names)) placeOfName(who, option, name, places);
    return new Set(names as readonly string[]);
  };
  const targets = target === undefined ? undefined : all("target", typeof target === "string" ? [target] : target);
  const chosen = features === undefined ? undefined : all("features", features);
  for (const name of chosen ?? []) {
    if (targets?.has(name)) throw new ArgumentError(`${who}: ${show(name)} is both a feature and a target.`);
  }
  return columns.map((column) => {
    const wasTarget = column.role === "target";
    const isTarget = targets ? targets.has(column.name) : wasTarget && !chosen?.has(column.name);
    if (isTarget) return { ...column, role: "target" as const };
    const standard = wasTarget || column.role === undefined ? standardRole(column) : column.role;
    const role = chosen ? (chosen.has(column.name) ? "feature" : "none") : standard;
    return { ...column, role: role as ColumnRole };
  });
}

/** What a column is there for when nobody says it. */
export const standardRole = ({ type }: Pick<ColumnSchema, "type">): ColumnRole =>
  type === "identifier" || type === "text" ? "none" : "feature";
