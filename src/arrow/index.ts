/** Tables of Arrow files and streams, by the package flechette: `import { arrow } from "wasmgrad/arrow"`. */
import type { Column as ArrowColumn, DataType } from "@uwdata/flechette";
import { DataError, FormatError } from "../errors";
import { readSource } from "../io/files";
import { show } from "../options";
import { readTable } from "../table/index";
import type { FileSource, Table, TableOptions } from "wasmgrad";

/** Decimal digits that float64 keeps. */
const EXACT_DIGITS = 15;

/**
 * Reads an Arrow file (Feather 2) or stream. Columns keep their types: numbers, truth values, dates, texts; whole numbers above 2⁵³
 * become identifiers, dictionaries and texts that come again and again categories. Times are kept to the millisecond.
 *
 * @param source a path, a URL, a `File`, bytes, a `Response` or a stream of it
 * @throws FormatError for what is no Arrow file, or is compressed without a codec (`setCompressionCodec` of flechette); DataError
 *   for columns of lists, of times of day and durations, and of decimals with more than 15 digits, unless `drop` names them
 */
export async function arrow(source: FileSource, options: TableOptions = {}): Promise<Table> {
  const bytes = await readSource(source, "arrow", options.maximumBytes);
  const { tableFromIPC, Type } = await import("@uwdata/flechette");
  const drop = new Set(options.drop);
  const record = new Map<string, ArrayLike<unknown>>();
  const refused = new Map<number, string>([
    [Type.Time, "times of day"],
    [Type.Duration, "durations"],
    [Type.Interval, "intervals"],
    [Type.Binary, "bytes"],
    [Type.LargeBinary, "bytes"],
  ]);
  try {
    const read = tableFromIPC(bytes, { useDate: true, useBigInt: true, useDecimalInt: true });
    if (read.numRows === 0) throw new DataError("arrow: the file has no rows.");
    for (const [i, { name, type }] of read.schema.fields.entries()) {
      if (drop.has(name)) continue;
      const what = refused.get(type.typeId);
      if (what) throw refuse(name, `holds ${what}, for which there is no type`);
      if (record.has(name)) throw new FormatError(`arrow: two columns are called ${show(name)}.`);
      record.set(name, valuesOf(name, type, read.getChildAt(i)));
    }
  } catch (cause) {
    if (cause instanceof DataError || cause instanceof FormatError) throw cause;
    throw new FormatError(`arrow: cannot read the file: ${(cause as Error).message}`, { cause });
  }
  return readTable(Object.fromEntries(record), options);
}

const refuse = (name: string, problem: string) =>
  new DataError(`arrow: column ${show(name)} ${problem}. Convert it, or leave it out: drop: [${show(name)}].`);

/** The values of a column; decimals as numbers, which are rounded once. */
function valuesOf(name: string, type: DataType, column: ArrowColumn<unknown>): ArrayLike<unknown> {
  const values = column.toArray() as ArrayLike<unknown>;
  if (!("precision" in type) || !("scale" in type)) return values;
  const { precision, scale } = type as { readonly precision: number; readonly scale: number };
  if (precision > EXACT_DIGITS)
    throw refuse(name, `holds decimals of ${precision} digits, float64 keeps ${EXACT_DIGITS}`);
  return Array.from(values, (value) => (value === null ? null : Number(value) / 10 ** scale));
}
