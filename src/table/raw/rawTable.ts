import { DataError, LimitError } from "../../errors";
import { show } from "../../options";
import { isA } from "../../platform/realm";
import { NOT_PLAIN, PlainNumber, plainText } from "./plainNumber";

/** How a cell is kept. Below these: a plainly written number, by its count of decimals. */
export const Kept = {
  /** Nothing was there. */
  GAP: 255,
  /** A text: the number of a word in its column's dictionary. */
  WORD: 254,
  /** A number of JavaScript's. */
  NUMBER: 253,
  /** A time in milliseconds since 1970. */
  DATE: 252,
  /** 0 or 1. */
  BOOLEAN: 251,
} as const;

/** The texts of a column that are no plain numbers, each once. */
export interface Dictionary {
  readonly words: string[];
  /** The row in which each came first. */
  readonly firstRows: number[];
  readonly codes: Map<string, number>;
}

/** Some rows, column by column: cell `row` of a column stands at `column · capacity + row`. */
interface Block {
  readonly values: Float64Array;
  readonly kept: Uint8Array;
  /** Columns there is room for. */
  readonly width: number;
  /** Rows there is room for. */
  readonly capacity: number;
  /** The number of the first row. */
  readonly start: number;
}

const BLOCK_CELLS = 2 ** 16;

/** 2.4 GB at nine bytes a cell. */
const MAXIMUM_CELLS = 2 ** 28;

/** V8 keeps the whole text alive of which a longer one is a part. */
const PART_CHARACTERS = 12;

/** The same text in memory of its own. */
const owned = (text: string): string => (text.length > PART_CHARACTERS ? ` ${text}`.slice(1) : text);

/**
 * What was read, before it is known what the columns are: nine bytes a cell, from which every text can be had again. Numbers in
 * their plainest writing are kept as such, all other texts as words of a dictionary, one for each column. So a column can be
 * looked at as a whole, in one reading, by its few different words.
 */
export class RawTable {
  readonly names: string[] = [];
  /** Where each row stood: a line of a text, else the number of a row. */
  readonly lines: number[] = [];
  readonly #indices = new Map<string, number>();
  readonly #dictionaries: (Dictionary | undefined)[] = [];
  readonly #blocks: Block[] = [];
  readonly #plain = new PlainNumber();
  #block: Block | undefined;
  #row = 0;

  /** @param unit what `lines` counts; `who` begins messages */
  constructor(
    names: Iterable<string>,
    readonly unit: "line" | "row",
    private readonly who = "table",
  ) {
    for (const name of names) this.columnNamed(name);
  }

  get rowCount(): number {
    return this.lines.length;
  }

  /** The column of a name, which is made when there is none. */
  columnNamed(name: string): number {
    const known = this.#indices.get(name);
    if (known !== undefined) return known;
    this.#indices.set(name, this.names.length);
    this.names.push(name);
    return this.names.length - 1;
  }

  /** Begins a row, all of gaps. */
  beginRow(line: number): void {
    const block = this.#block;
    this.#row = block ? this.rowCount - block.start : 0;
    if (!block || this.#row === block.capacity) this.#addBlock(this.names.length);
    this.lines.push(line);
  }

  #addBlock(width: number): void {
    const capacity = Math.max(1, Math.floor(BLOCK_CELLS / Math.max(1, width)));
    if (this.rowCount * Math.max(1, this.names.length) > MAXIMUM_CELLS) {
      throw new LimitError(
        `${this.who}: ${this.rowCount} rows of ${this.names.length} columns are more than ${MAXIMUM_CELLS} cells, which do not fit in memory. ` +
          "Read fewer columns, or parts with data.tableStream.",
      );
    }
    const values = new Float64Array(width * capacity);
    const kept = new Uint8Array(values.length).fill(Kept.GAP);
    this.#block = { values, kept, width, capacity, start: this.rowCount };
    this.#blocks.push(this.#block);
    this.#row = 0;
  }

  /** Fills the row that was begun. `positions` says where the cell of each column stands. */
  fill(cells: readonly string[], positions: Int32Array): void {
    const { values, kept, capacity } = this.#block!;
    for (let column = 0, at = this.#row; column < positions.length; column++, at += capacity) {
      const cell = cells[positions[column]];
      const decimals = this.#plain.read(cell);
      if (decimals === NOT_PLAIN) this.#putText(column, at, cell.trim());
      else {
        values[at] = this.#plain.value;
        kept[at] = decimals;
      }
    }
  }

  /** Puts a value of JavaScript's into the row that was begun. */
  put(column: number, value: unknown): void {
    if (value === null || value === undefined) return;
    if (column >= this.#block!.width) this.#widen();
    const { values, kept, capacity } = this.#block!;
    const at = column * capacity + this.#row;
    if (kept[at] !== Kept.GAP) {
      throw new DataError(`${this.placeOf(this.rowCount - 1)}: two values are called ${show(this.names[column])}.`);
    }
    const isLarge = typeof value === "bigint" && !Number.isSafeInteger(Number(value));
    if (
      typeof value === "string" ||
      isLarge ||
      value === Number.POSITIVE_INFINITY ||
      value === Number.NEGATIVE_INFINITY
    ) {
      this.#putText(column, at, String(value).trim());
      return;
    }
    const isBoolean = typeof value === "boolean";
    const isDate = typeof value === "object" && isA("Date", value);
    if (!isDate && !isBoolean && typeof value !== "number" && typeof value !== "bigint") {
      throw new DataError(
        `${this.placeOf(this.rowCount - 1)}, column ${show(this.names[column])}: ${show(value)} is no value of a cell. ` +
          `Give a number, a text, true, false, a Date or null, or leave the column out: drop: [${show(this.names[column])}].`,
      );
    }
    const number = Number(value);
    if (Number.isNaN(number)) return;
    values[at] = number;
    kept[at] = isDate ? Kept.DATE : isBoolean ? Kept.BOOLEAN : Kept.NUMBER;
  }

  /** Goes on in a block of twice as many columns, so that new ones cost little however many come. */
  #widen(): void {
    const old = this.#block!;
    const row = this.#row;
    const count = this.lines.pop()!;
    this.#addBlock(2 * this.names.length);
    this.lines.push(count);
    const { values, kept, capacity } = this.#block!;
    for (let column = 0; column < old.width; column++) {
      values[column * capacity] = old.values[column * old.capacity + row];
      kept[column * capacity] = old.kept[column * old.capacity + row];
    }
  }

  #putText(column: number, at: number, text: string): void {
    const { values, kept } = this.#block!;
    const decimals = this.#plain.read(text);
    if (decimals !== NOT_PLAIN) {
      values[at] = this.#plain.value;
      kept[at] = decimals;
    } else if (text !== "") {
      values[at] = this.#codeOf(column, text);
      kept[at] = Kept.WORD;
    }
  }

  #codeOf(column: number, text: string): number {
    let dictionary = this.#dictionaries[column];
    if (!dictionary) {
      dictionary = { words: [], firstRows: [], codes: new Map() };
      this.#dictionaries[column] = dictionary;
    }
    const { words, firstRows, codes } = dictionary;
    const known = codes.get(text);
    if (known !== undefined) return known;
    const word = owned(text);
    codes.set(word, words.length);
    firstRows.push(this.rowCount - 1);
    return words.push(word) - 1;
  }

  dictionary(column: number): Dictionary | undefined {
    return this.#dictionaries[column];
  }

  /** Shows every cell of a column in the order of the rows: its value, and how it is kept. */
  scan(column: number, visit: (value: number, kept: number, row: number) => void): void {
    for (const [i, { values, kept, width, capacity, start }] of this.#blocks.entries()) {
      const end = this.#blocks[i + 1]?.start ?? this.rowCount;
      if (column >= width) {
        for (let row = start; row < end; row++) visit(0, Kept.GAP, row);
        continue;
      }
      for (let row = start, at = column * capacity; row < end; row++, at++) visit(values[at], kept[at], row);
    }
  }

  /** The text of a cell, as it was written where it was one. */
  textOf(column: number, value: number, kept: number): string {
    if (kept === Kept.WORD) return this.#dictionaries[column]!.words[value];
    if (kept === Kept.DATE) return new Date(value).toISOString();
    if (kept === Kept.BOOLEAN) return value === 1 ? "true" : "false";
    return kept === Kept.NUMBER ? String(value) : plainText(value, kept);
  }

  /** `table: line 7` */
  placeOf(row: number): string {
    return `${this.who}: ${this.unit} ${this.lines[row]}`;
  }

  /** The text of one cell, as `textOf`; undefined for a gap. To be asked for messages, not for every row. */
  textAt(column: number, row: number): string | undefined {
    let text: string | undefined;
    this.scan(column, (value, kept, at) => {
      if (at === row && kept !== Kept.GAP) text = this.textOf(column, value, kept);
    });
    return text;
  }
}
