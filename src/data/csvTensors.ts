import { DataError } from "../errors";
import { show } from "../options";
import { breathe, sliceEnd } from "../platform/breathe";
import { inSlices } from "../platform/slices";
import type { CsvColumn } from "../table/csvTypes";
import { Tensor } from "../tensor/tensor";

/** A column as it will be in a tensor. */
export interface EncodedColumn {
  readonly column: CsvColumn;
  /** One column for each category, where there are some. */
  readonly isOneHot: boolean;
}

/** 1 GiB of float32. */
const MAXIMUM_VALUES = 2 ** 28;

/** Columns that are written together: a line of the cache holds so many float32 of a row. */
const COLUMNS_AT_ONCE = 16;

/** Numbers that are made between two looks at the clock. */
const VALUES_AT_ONCE = 2 ** 17;

/** Numbers of all columns in the rows that are written between two looks: memory that is touched for the first time is dear. */
const TOUCHED_AT_ONCE = 2 ** 17;

/** The codes of one categorical column, `[rows]`. */
export const labelsOf = (column: CsvColumn): Tensor => {
  const data = Int32Array.from(column.values());
  return new Tensor(data, [data.length]);
};

/**
 * Columns side by side as float32, `[rows, columns]`, and the name of each.
 *
 * @throws DataError when that would not fit in memory
 */
export async function encode(
  encoded: readonly EncodedColumn[],
  rowCount: number,
): Promise<{ readonly tensor: Tensor; readonly names: readonly string[] }> {
  const size = sizeOf(encoded, rowCount);
  const names: string[] = [];
  const places: number[] = [];
  for (const { column, isOneHot } of encoded) {
    places.push(names.length);
    if (!isOneHot || !column.categories) names.push(column.name);
    else for (const category of column.categories) names.push(`${column.name}=${category}`);
  }
  const width = names.length;
  const data = new Float32Array(size);
  const exact = encoded.some(({ column }) => column.needsFloat64) ? new Float64Array(size) : undefined;
  const targets = exact ? [data, exact] : [data];
  const grain = Math.max(1, Math.min(COLUMNS_AT_ONCE, Math.floor(VALUES_AT_ONCE / rowCount)));
  const rowsAtOnce = Math.max(1, Math.min(Math.floor(VALUES_AT_ONCE / grain), Math.floor(TOUCHED_AT_ONCE / width)));
  for (let first = 0; first < encoded.length; first += grain) {
    if (performance.now() >= sliceEnd()) await breathe();
    const block = encoded.slice(first, first + grain).map(({ column, isOneHot }, i) => ({
      values: column.values(),
      place: places[first + i],
      isOneHot: isOneHot && column.categories !== undefined,
    }));
    await inSlices(rowCount, rowsAtOnce, (start, end) => {
      for (const target of targets) for (let row = start; row < end; row++) writeRow(target, block, row, row * width);
    });
  }
  const shape = [rowCount, width];
  return { tensor: exact ? Tensor.rounded(exact, shape, "csv", data) : new Tensor(data, shape), names };
}

/** Columns whose values are at hand. */
interface Block {
  readonly values: Float64Array;
  readonly place: number;
  readonly isOneHot: boolean;
}

function writeRow(target: Float32Array | Float64Array, block: readonly Block[], row: number, at: number): void {
  for (let i = 0; i < block.length; i++) {
    const { values, place, isOneHot } = block[i];
    const value = values[row];
    if (!isOneHot) target[at + place] = value;
    // A missing category is 0 in all its columns.
    else if (!Number.isNaN(value)) target[at + place + value] = 1;
  }
}

const widthOf = ({ column, isOneHot }: EncodedColumn): number =>
  isOneHot && column.categories ? column.categories.length : 1;

function sizeOf(encoded: readonly EncodedColumn[], rowCount: number): number {
  const width = encoded.reduce((total, one) => total + widthOf(one), 0);
  if (rowCount * width <= MAXIMUM_VALUES) return rowCount * width;
  const widest = encoded.reduce((most, one) => (widthOf(one) > widthOf(most) ? one : most));
  throw new DataError(
    `csv: ${rowCount} rows of ${width} values are too many. Column ${show(widest.column.name)} takes ${widthOf(widest)}.`,
  );
}
