import type { ColumnType } from "../schema";

/** A value of a table: null is a gap. */
export type CellValue = number | boolean | string | Date | null;

/** What all columns have. */
abstract class BaseColumn<Value extends CellValue> implements Iterable<Value | null> {
  /** What the column holds. */
  abstract readonly type: ColumnType;
  /** The number of rows. */
  abstract readonly length: number;
  /** The value of a row; null for a gap. */
  abstract at(row: number): Value | null;
  /** Whether a row has no value. */
  abstract isGap(row: number): boolean;
  /** @internal The same kind of column with these rows, in their order. */
  abstract take(rows: ArrayLike<number>): Column;

  constructor(
    /** The column's name. */
    readonly name: string,
  ) {}

  /** The number of rows without a value. */
  get gaps(): number {
    let count = 0;
    for (let row = 0; row < this.length; row++) if (this.isGap(row)) count++;
    return count;
  }

  /** All values in order; null for gaps. */
  *[Symbol.iterator](): Generator<Value | null> {
    for (let row = 0; row < this.length; row++) yield this.at(row);
  }

  /** All values; null for gaps. */
  toArray(): (Value | null)[] {
    return [...this];
  }
}

const taken = <Values extends Float64Array | Int32Array | Uint8Array>(
  values: Values,
  rows: ArrayLike<number>,
): Values => {
  const result = new (values.constructor as new (length: number) => Values)(rows.length);
  for (let i = 0; i < rows.length; i++) result[i] = values[rows[i]];
  return result;
};

/** Quantities, in float64. */
export class NumberColumn extends BaseColumn<number> {
  readonly type = "number";

  /** @internal */
  constructor(
    name: string,
    /** The numbers; NaN is a gap. */
    readonly values: Float64Array,
    /** What is counted, such as "%", "$" or "kg". The numbers are as they were written: 5 % is 5. */
    readonly unit: string | undefined,
  ) {
    super(name);
  }

  get length(): number {
    return this.values.length;
  }

  at(row: number): number | null {
    const value = this.values[row];
    return Number.isNaN(value) ? null : value;
  }

  isGap(row: number): boolean {
    return Number.isNaN(this.values[row]);
  }

  /** @internal */
  take(rows: ArrayLike<number>): NumberColumn {
    return new NumberColumn(this.name, taken(this.values, rows), this.unit);
  }
}

/** What stands for a gap among truth values. */
const NO_BOOLEAN = 255;

/** True and false. */
export class BooleanColumn extends BaseColumn<boolean> {
  readonly type = "boolean";

  /** @internal */
  constructor(
    name: string,
    /** 1, 0, or 255 for a gap. */
    readonly values: Uint8Array,
    /** How false and true are written. */
    readonly words: readonly string[],
  ) {
    super(name);
  }

  get length(): number {
    return this.values.length;
  }

  at(row: number): boolean | null {
    return this.isGap(row) ? null : this.values[row] === 1;
  }

  isGap(row: number): boolean {
    return this.values[row] === NO_BOOLEAN;
  }

  /** @internal */
  take(rows: ArrayLike<number>): BooleanColumn {
    return new BooleanColumn(this.name, taken(this.values, rows), this.words);
  }
}

/** One of some words. */
export class CategoryColumn extends BaseColumn<string> {
  readonly type = "category";

  /** @internal */
  constructor(
    name: string,
    /** The place of each row's word among `words`; −1 is a gap. */
    readonly codes: Int32Array,
    /** All words there are, in the order of their codes. */
    readonly words: readonly string[],
  ) {
    super(name);
  }

  get length(): number {
    return this.codes.length;
  }

  at(row: number): string | null {
    return this.words[this.codes[row]] ?? null;
  }

  isGap(row: number): boolean {
    return this.codes[row] < 0;
  }

  /** @internal */
  take(rows: ArrayLike<number>): CategoryColumn {
    return new CategoryColumn(this.name, taken(this.codes, rows), this.words);
  }
}

/** Points in time. */
export class DateColumn extends BaseColumn<Date> {
  readonly type = "date";

  /** @internal */
  constructor(
    name: string,
    /** Milliseconds since the beginning of 1970 in UTC; NaN is a gap. */
    readonly values: Float64Array,
  ) {
    super(name);
  }

  get length(): number {
    return this.values.length;
  }

  at(row: number): Date | null {
    return this.isGap(row) ? null : new Date(this.values[row]);
  }

  isGap(row: number): boolean {
    return Number.isNaN(this.values[row]);
  }

  /** @internal */
  take(rows: ArrayLike<number>): DateColumn {
    return new DateColumn(this.name, taken(this.values, rows));
  }
}

/** Texts, of which nothing is known (`"text"`), or which tell rows apart and say nothing of them (`"identifier"`). */
export class TextColumn extends BaseColumn<string> {
  /** @internal */
  constructor(
    name: string,
    readonly type: "text" | "identifier",
    /** The texts as they were written; null is a gap. */
    readonly values: readonly (string | null)[],
  ) {
    super(name);
  }

  get length(): number {
    return this.values.length;
  }

  at(row: number): string | null {
    return this.values[row] ?? null;
  }

  isGap(row: number): boolean {
    return this.values[row] === null;
  }

  /** @internal */
  take(rows: ArrayLike<number>): TextColumn {
    return new TextColumn(
      this.name,
      this.type,
      Array.from(rows, (row) => this.values[row]),
    );
  }
}

/** A column of any type; `type` tells which. */
export type Column = NumberColumn | BooleanColumn | CategoryColumn | DateColumn | TextColumn;
