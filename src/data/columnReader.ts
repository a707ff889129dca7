import { DataError } from "../errors";
import { didYouMean, shorten, show } from "../options";

/** What is known of a column before its first cell is read. */
export interface ColumnRules {
  /** Stands for a missing quantity; NaN marks it. */
  readonly substitute: number;
  readonly isCategorical: boolean;
  /** One column for each category when encoded. */
  readonly isOneHot: boolean;
  /** All categories, in the order of their codes. Absent: those that are found, sorted. */
  readonly categories?: readonly string[] | undefined;
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** More different texts than this are no categories. */
const MAXIMUM_CATEGORIES = 2 ** 20;

/** From here on float32 has no room for every whole number. */
const EXACT_INTEGERS = 2 ** 24;

/** `csv: line 7, column "age"` */
export const place = (line: number, name: string): string => `csv: line ${line}, column ${show(name)}`;

/**
 * Reads one column, cell by cell: numeric when all its values are numbers, categorical when none is, or when the rules say so.
 * It holds categories, but no values.
 */
export class ColumnReader {
  /** Codes by category, in the order in which they came; undefined while the column is one of numbers, or empty. */
  #codes?: Map<string, number>;
  #first?: { readonly cell: string; readonly line: number };
  #firstMissingLine?: number;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;
  #hasLost = false;

  constructor(
    readonly name: string,
    readonly rules: ColumnRules,
  ) {
    const { isCategorical, categories } = rules;
    if (isCategorical || categories) this.#codes = new Map(categories?.map((category, code) => [category, code]));
  }

  get #isDeclared(): boolean {
    return this.rules.isCategorical || this.rules.categories !== undefined;
  }

  missing(line: number): number {
    this.#firstMissingLine ??= line;
    if (this.#codes) this.#refuseSubstitute();
    return this.rules.substitute;
  }

  /** The number in a cell, or the code of its category. */
  read(cell: string, line: number): number {
    const isNumber = NUMBER.test(cell);
    if (!this.#isDeclared) this.#checkMixture(cell, isNumber, line);
    if (!this.#first) this.#begin(cell, isNumber, line);
    return this.#codes ? this.#codeOf(cell, line) : this.#quantity(cell, line);
  }

  #begin(cell: string, isNumber: boolean, line: number): void {
    this.#first = { cell: copied(cell), line };
    if (!isNumber) this.#codes ??= new Map();
    if (this.#codes && this.#firstMissingLine !== undefined) this.#refuseSubstitute();
  }

  #checkMixture(cell: string, isNumber: boolean, line: number): void {
    if (!this.#first || isNumber === (this.#codes === undefined)) return;
    const here = { cell, line };
    const [word, number] = isNumber ? [this.#first, here] : [here, this.#first];
    throw new DataError(
      `${place(word.line, this.name)}: ${show(word.cell)} is not a number, but line ${number.line} has ` +
        `${shorten(number.cell)}. Name the column in categorical, or the value in missingValues; data.table reads amounts, units and dates.`,
    );
  }

  #refuseSubstitute(): void {
    if (Number.isNaN(this.rules.substitute)) return;
    throw new DataError(
      `${place(this.#firstMissingLine!, this.name)}: a number cannot stand for a missing category. Use "drop" or "keep".`,
    );
  }

  #quantity(cell: string, line: number): number {
    const value = Number(cell);
    const rounded = Math.fround(value);
    if (!Number.isFinite(rounded)) {
      throw new DataError(`${place(line, this.name)}: ${shorten(cell)} is too large for float32.`);
    }
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
    if (rounded !== value && Math.abs(value) >= EXACT_INTEGERS && Number.isInteger(value)) this.#hasLost = true;
    return value;
  }

  #codeOf(cell: string, line: number): number {
    const codes = this.#codes!;
    const known = codes.get(cell);
    if (known !== undefined) return known;
    const { categories } = this.rules;
    if (categories) {
      throw new DataError(
        `${place(line, this.name)}: ${show(cell)} is not in categories.${didYouMean(cell, categories.slice(0, 20))}`,
      );
    }
    if (codes.size === MAXIMUM_CATEGORIES) {
      throw new DataError(
        `${place(line, this.name)}: more than ${MAXIMUM_CATEGORIES} different texts are no categories. Leave the column out with columns.`,
      );
    }
    codes.set(copied(cell), codes.size);
    return codes.size - 1;
  }

  /**
   * Whether float64 is worth keeping: where float32 makes one number of two whole ones, or has few steps between the smallest
   * and the largest value, as for times and coordinates.
   */
  get needsFloat64(): boolean {
    if (this.#codes) return false;
    const range = this.#max - this.#min;
    return this.#hasLost || (range > 0 && range < 2 ** -8 * Math.max(this.#max, -this.#min));
  }

  /** The categories in the order of their final codes, and the final code of each that was given. Undefined for quantities. */
  finish(): { readonly categories: readonly string[]; readonly codes: Int32Array | undefined } | undefined {
    const { categories } = this.rules;
    if (!this.#codes) return undefined;
    if (categories) return { categories, codes: undefined };
    const found = [...this.#codes.keys()];
    if (!this.#isDeclared) this.#refuseLikelyNumbers(found);
    const sorted = sortedCategories(found);
    const codes = new Int32Array(sorted.length);
    for (const [code, category] of sorted.entries()) codes[this.#codes.get(category)!] = code;
    return { categories: sorted, codes };
  }

  /** Amounts in the writing of other countries, or of a table cut at the wrong letters, would train as if they were names. */
  #refuseLikelyNumbers(found: readonly string[]): void {
    const { cell, line } = this.#first!;
    if (found.every((one) => /^[+-]?\d+,\d+$/.test(one))) {
      throw new DataError(
        `${place(line, this.name)}: ${show(cell)} has a decimal comma. Write points, or name the column in categorical.`,
      );
    }
    const delimiter = [";", "\t", "|"].find(
      (one) => this.name.includes(one) && found.every((category) => category.includes(one)),
    );
    if (delimiter) {
      throw new DataError(
        `${place(line, this.name)}: every line has ${show(delimiter)} in it. Give delimiter: ${show(delimiter)}, or name the column in categorical.`,
      );
    }
  }
}

/** The same text in memory of its own: a cell is a part of a piece of the file, and would keep all of that. */
export const copied = (cell: string): string => JSON.parse(JSON.stringify(cell)) as string;

/** By value when all are numbers, else by character code: the same on every machine, whatever its language. */
function sortedCategories(found: readonly string[]): readonly string[] {
  const categories = [...found].sort();
  return categories.every((category) => NUMBER.test(category))
    ? categories.sort((a, b) => Number(a) - Number(b))
    : categories;
}
