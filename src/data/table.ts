import { DataError, FormatError } from "../errors";
import { breathe, SLICE_MILLISECONDS } from "../platform/breathe";
import { Tensor } from "../tensor/tensor";
import { show } from "../options";
import { type ColumnReader, place } from "./columnReader";
import { NumberStore } from "./numberStore";

/** What happens to a missing value: an error, its row is dropped, it is kept as NaN, or a number stands in for it. */
export type MissingPolicy = "error" | "drop" | "keep" | number;

/** A column that is read: where it stands in the file, and whether it is learnt from or what is to be learnt. */
export interface TableColumn {
  /** The position of its cells in a row. */
  readonly index: number;
  readonly isTarget: boolean;
  readonly reader: ColumnReader;
}

/** A column as it will be in a tensor. */
export interface FinishedColumn {
  readonly name: string;
  /** Where its value stands among those of a row. */
  readonly offset: number;
  /** Undefined for quantities. */
  readonly categories?: readonly string[] | undefined;
  /** Final codes by those in the rows; undefined when these are final. */
  readonly codes?: Int32Array | undefined;
  /** One column for each category when encoded. */
  readonly isOneHot: boolean;
  readonly isTarget: boolean;
  readonly needsFloat64: boolean;
}

/** 1 GiB of float32. */
const MAXIMUM_VALUES = 2 ** 28;

/** The rows of a table as numbers: quantities as they are, categories as codes, NaN where a value is missing. 8 bytes a cell. */
export class Table {
  readonly #values = new NumberStore();
  #rowCount = 0;
  #droppedCount = 0;

  /** @param width cells of every row; `reference` says where that is known from */
  constructor(
    private readonly columns: readonly TableColumn[],
    private readonly width: number,
    private readonly reference: string,
    private readonly policy: MissingPolicy,
    private readonly isMissing: (cell: string) => boolean,
  ) {}

  /** Whether there was no row at all, kept or dropped. */
  get isEmpty(): boolean {
    return this.#rowCount + this.#droppedCount === 0;
  }

  /** @throws FormatError, DataError naming the line, and for a value its column */
  add(cells: readonly string[], line: number): void {
    if (cells.length !== this.width) {
      throw new FormatError(`csv: line ${line} has ${cells.length} cells, ${this.reference} has ${this.width}.`);
    }
    if (this.#missesValue(cells, line)) {
      this.#droppedCount++;
      return;
    }
    if (this.#values.length + this.columns.length > MAXIMUM_VALUES) {
      throw new DataError(
        `csv: line ${line}: more than ${MAXIMUM_VALUES} values do not fit in memory. Choose fewer columns, or give rows with data.fromIterable.`,
      );
    }
    for (const { index, reader } of this.columns) {
      const cell = cells[index];
      this.#values.push(this.isMissing(cell) ? reader.missing(line) : reader.read(cell, line));
    }
    this.#rowCount++;
  }

  /** Whether a row is to be left out. */
  #missesValue(cells: readonly string[], line: number): boolean {
    for (const { index, isTarget, reader } of this.columns) {
      if (!this.isMissing(cells[index])) continue;
      if (this.policy === "drop") return true;
      if (this.policy !== "error" && !isTarget) continue;
      const way = isTarget ? '"drop"' : '"drop", "keep" or a number';
      throw new DataError(`${place(line, reader.name)}: the value is missing. Set the option missing to ${way}.`);
    }
    return false;
  }

  /** @throws DataError when no row is left, or a column is not what it seems */
  finish(): readonly FinishedColumn[] {
    if (this.#rowCount === 0) throw new DataError(`csv: all ${this.#droppedCount} rows miss a value, none is left.`);
    return this.columns.map(({ reader, isTarget }, offset) => ({
      name: reader.name,
      offset,
      isOneHot: reader.rules.isOneHot,
      isTarget,
      needsFloat64: reader.needsFloat64,
      ...reader.finish(),
    }));
  }

  /** The codes of one categorical column. */
  async labels(column: FinishedColumn): Promise<Tensor> {
    const data = new Int32Array(this.#rowCount);
    await this.#eachRow((row) => {
      data[row] = this.#valueOf(row, column);
    });
    return new Tensor(data, [data.length]);
  }

  /**
   * Columns side by side as float32, `[rows, columns]`, and the name of each.
   *
   * @throws DataError when that would not fit in memory
   */
  async encode(columns: readonly FinishedColumn[]): Promise<{ tensor: Tensor; names: readonly string[] }> {
    const widthOf = ({ categories, isOneHot }: FinishedColumn) => (isOneHot && categories ? categories.length : 1);
    const width = columns.reduce((total, column) => total + widthOf(column), 0);
    const size = this.#rowCount * width;
    if (size > MAXIMUM_VALUES) {
      const widest = columns.reduce((most, column) => (widthOf(column) > widthOf(most) ? column : most));
      throw new DataError(
        `csv: ${this.#rowCount} rows of ${width} values are too many. Column ${show(widest.name)} takes ${widthOf(widest)}.`,
      );
    }
    const names: string[] = [];
    const places: number[] = [];
    for (const { name, categories, isOneHot } of columns) {
      places.push(names.length);
      if (!isOneHot || !categories) names.push(name);
      else for (const category of categories) names.push(`${name}=${category}`);
    }
    const data = new Float32Array(size);
    const exact = columns.some(({ needsFloat64 }) => needsFloat64) ? new Float64Array(size) : undefined;
    await this.#eachRow((row) => {
      for (let i = 0; i < columns.length; i++) {
        const value = this.#valueOf(row, columns[i]);
        const isEncoded = columns[i].isOneHot && columns[i].categories;
        // A missing category is 0 in all its columns.
        if (isEncoded && Number.isNaN(value)) continue;
        const at = row * width + places[i] + (isEncoded ? value : 0);
        data[at] = isEncoded ? 1 : value;
        if (exact) exact[at] = isEncoded ? 1 : value;
      }
    });
    const shape = [this.#rowCount, width];
    return { tensor: exact ? Tensor.rounded(exact, shape, "csv", data) : new Tensor(data, shape), names };
  }

  #valueOf(row: number, { offset, codes }: FinishedColumn): number {
    const value = this.#values.at(row * this.columns.length + offset);
    return codes && !Number.isNaN(value) ? codes[value] : value;
  }

  /** Goes through the rows, and lets the event loop run meanwhile. */
  async #eachRow(visit: (row: number) => void): Promise<void> {
    const rowsAtOnce = Math.ceil(20_000 / this.columns.length);
    let begun = performance.now();
    for (let row = 0; row < this.#rowCount; row++) {
      visit(row);
      if (row % rowsAtOnce !== 0 || performance.now() - begun < SLICE_MILLISECONDS) continue;
      await breathe();
      begun = performance.now();
    }
  }
}
