import { DataError, FormatError } from "../../errors";
import { show } from "../../options";
import type { TableNote } from "../notes";
import { PlainNumber, NOT_PLAIN } from "../raw/plainNumber";
import { RawTable } from "../raw/rawTable";
import type { Wording } from "../wording";
import type { RowsOfCells } from "./records";

/** What is set of the header and the rows. */
export interface RowOptions {
  readonly who: string;
  readonly header?: boolean | undefined;
  readonly names?: readonly string[] | undefined;
  readonly skipFooter?: number | undefined;
  /** Columns that are not read. */
  readonly drop: readonly string[];
  readonly wording?: Wording | undefined;
}

/** What a reader without notes wants otherwise: nothing may be left out that it does not say. */
export interface StrictRows {
  /** The places of the columns to read, in their order, by all names there are. */
  choose(names: readonly string[], unnamed: ReadonlySet<number>): readonly number[];
  /** Whether a row of cells is to be kept. */
  keeps?(cells: readonly string[]): boolean;
}

/** Makes a raw table of rows of cells, the first of which names the columns. */
export class RowBuilder {
  raw: RawTable;
  readonly notes: TableNote[] = [];
  readonly unnamed = new Set<number>();
  #hasHeader: boolean | undefined;
  /** Cells of a row. */
  #width = 0;
  #headerLine = 0;
  #headerCells: readonly string[] = [];
  #positions = new Int32Array(0);
  #hasBegun = false;
  /** A short row that is a footer if nothing follows. */
  #footer: { readonly cells: readonly string[]; readonly line: number } | undefined;
  #lastLine = 0;
  /** Rows that may belong to the footer. */
  #held: { readonly cells: readonly string[]; readonly line: number }[] = [];
  #hasRestAtEnd = false;

  /** @param onNames is told the names of the columns before the first row is read */
  constructor(
    private readonly options: RowOptions,
    private readonly onNames: (names: readonly string[]) => void = () => {},
    private readonly strict?: StrictRows,
  ) {
    this.raw = new RawTable([], "line");
  }

  get #who(): string | undefined {
    return this.strict && this.options.who;
  }

  get hasHeader(): boolean {
    return this.#hasHeader ?? true;
  }

  add({ rows, lines }: RowsOfCells): void {
    for (let i = 0; i < rows.length; i++) this.#row(rows[i], lines[i]);
  }

  /** The rows so far, which are forgotten here. */
  take(): RawTable {
    const { raw } = this;
    this.raw = new RawTable(raw.names, "line", this.#who);
    return raw;
  }

  /** Says what is known at the end only. */
  end(): void {
    const { skipFooter = 0 } = this.options;
    this.#held.length = 0;
    if (skipFooter > 0) this.notes.push({ text: `the last ${skipFooter} rows were left out.` });
    if (this.#footer) {
      const text = show(this.#footer.cells.join(" ").trim());
      this.notes.push({ text: `line ${this.#footer.line}, ${text}, stands below the table and was left out.` });
    }
    if (this.#hasRestAtEnd) this.notes.push({ text: "empty cells at the ends of the lines were left out." });
    this.#checkHeader();
  }

  #row(cells: readonly string[], line: number): void {
    if (!this.#hasBegun) {
      this.#hasBegun = true;
      if (this.#begin(cells, line)) return;
    }
    const { skipFooter = 0 } = this.options;
    if (skipFooter === 0) {
      this.#data(cells, line);
      return;
    }
    this.#held.push({ cells, line });
    if (this.#held.length <= skipFooter) return;
    const first = this.#held.shift()!;
    this.#data(first.cells, first.line);
  }

  #data(cells: readonly string[], line: number): void {
    if (this.#footer) throw this.#wrongLength(this.#footer.cells, this.#footer.line);
    if (cells.length !== this.#width && !this.#fits(cells, line)) return;
    this.#lastLine = line;
    if (this.strict?.keeps?.(cells) === false) return;
    this.raw.beginRow(line);
    this.raw.fill(cells, this.#positions);
  }

  /** Whether a row of another length is a row; false when it may be a footer. */
  #fits(cells: readonly string[], line: number): boolean {
    const isFirst = this.raw.rowCount === 0;
    // Tables of R have one name less than columns: that of the names of the rows.
    if (
      isFirst &&
      !this.strict &&
      this.hasHeader &&
      !this.options.names &&
      this.#width >= 2 &&
      cells.length === this.#width + 1 &&
      cells[this.#width].trim() !== ""
    ) {
      this.#name(["", ...this.#headerCells]);
      return true;
    }
    if (cells.length > this.#width && cells.slice(this.#width).every((cell) => cell.trim() === "")) {
      this.#hasRestAtEnd = true;
      return true;
    }
    const isProse = cells.filter((cell) => cell.trim() !== "").length === 1 && /[a-z]{2}/i.test(cells[0]);
    if (!this.strict && !isFirst && isProse && cells.length < this.#width && line > this.#lastLine + 1) {
      this.#footer = { cells: [...cells], line };
      return false;
    }
    throw this.#wrongLength(cells, line);
  }

  #wrongLength(cells: readonly string[], line: number): FormatError {
    const reference = this.hasHeader ? `the header has ${this.#width}` : `line ${this.#headerLine} has ${this.#width}`;
    const { who, wording } = this.options;
    const special = wording?.rowLength(cells.length, reference);
    if (special) return new FormatError(`${who}: line ${line} ${special}`);
    const hint =
      cells.length === 1 && this.raw.rowCount > 0
        ? " If the table ends above it, set skipFooter."
        : cells.length > this.#width
          ? " Put cells with delimiters in them into quotes, or set delimiter."
          : " Write an empty cell for a gap.";
    return new FormatError(`${who}: line ${line} has ${count(cells.length)}, ${reference}.${hint}`);
  }

  /** Reads the first row; true when it is the header. */
  #begin(cells: readonly string[], line: number): boolean {
    const { header, names, who } = this.options;
    this.#headerLine = line;
    this.#hasHeader = header ?? !this.#isRowOfNumbers(cells, line);
    if (names && names.length !== cells.length) {
      throw new FormatError(`${who}: line ${line} has ${count(cells.length)}, but names has ${names.length}.`);
    }
    const standard = this.#hasHeader ? cells : cells.map((_, i) => (this.strict ? String(i) : `column ${i + 1}`));
    this.#headerCells = cells.map((cell) => cell.trim());
    this.#name(names ?? standard);
    return this.#hasHeader;
  }

  /** Whether a row has numbers only, which no header has but 0, 1, 2, … */
  #isRowOfNumbers(cells: readonly string[], line: number): boolean {
    const plain = new PlainNumber();
    const values = cells.map((cell) => (plain.read(cell.trim()) === NOT_PLAIN ? Number.NaN : plain.value));
    if (!values.every((value) => !Number.isNaN(value)) || this.options.names) return false;
    throw new DataError(
      `${this.options.who}: line ${line}: the header is all numbers. Set header: false if it is a row, header: true if these are names.`,
    );
  }

  /** Sets the names of the columns, and which of them are read. */
  #name(cells: readonly string[]): void {
    const { who, drop, wording } = this.options;
    this.#width = cells.length;
    const names = cells.map((cell) => cell.trim());
    const taken = new Set(names);
    const final: string[] = [];
    const positions: number[] = [];
    const seen = new Map<string, number>();
    const left = new Set(drop);
    this.unnamed.clear();
    for (const [i, name] of names.entries()) {
      const first = name === "" ? undefined : seen.get(name);
      if (first !== undefined) {
        const problem =
          wording?.sameName(name) ??
          `columns ${first + 1} and ${i + 1} are both called ${show(name)}. ` +
            "Give other names with names, or set header: false if the first line is a row.";
        throw new FormatError(`${who}: line ${this.#headerLine}: ${problem}`);
      }
      seen.set(name, i);
      if (left.has(name)) continue;
      if (name === "") this.unnamed.add(final.length);
      final.push(name === "" ? freeName(`column ${i + 1}`, taken) : name);
      positions.push(i);
    }
    const chosen = this.strict?.choose(final, this.unnamed);
    this.raw = new RawTable(chosen?.map((place) => final[place]) ?? final, "line", this.#who);
    this.#positions = Int32Array.from(chosen ?? positions);
    this.onNames([...names.filter((name) => name !== ""), ...final]);
  }

  /** Refuses a header whose names are numbers as those below: it may be a row. */
  #checkHeader(): void {
    if (!this.#hasHeader || this.options.header === true || this.options.names || this.raw.rowCount === 0) return;
    const plain = new PlainNumber();
    const numbers = this.#headerCells.map((cell) => (plain.read(cell) === NOT_PLAIN ? Number.NaN : plain.value));
    const isYear = (value: number) => Number.isInteger(value) && value >= 1000 && value < 3000;
    const suspicious = numbers.findIndex((value) => !Number.isNaN(value) && !isYear(value));
    if (suspicious < 0) return;
    // The names of a matrix without names: 0, 1, 2, …, perhaps behind that of an index.
    const places = numbers.filter((value) => !Number.isNaN(value));
    if (places.length >= numbers.length - 1 && places.every((value, i) => value === places[0] + i && places[0] <= 1))
      return;
    throw new DataError(
      `${this.options.who}: line ${this.#headerLine}: the name ${show(this.#headerCells[suspicious])} is a number, so the header may be a row. ` +
        "Set header: false if it is, header: true if these are names.",
    );
  }
}

const count = (cells: number): string => `${cells} ${cells === 1 ? "cell" : "cells"}`;

function freeName(name: string, taken: Set<string>): string {
  let free = name;
  for (let i = 2; taken.has(free); i++) free = `${name} (${i})`;
  taken.add(free);
  return free;
}
