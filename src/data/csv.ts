import { ArgumentError } from "../errors";
import { type ByteSource, bytesAtHand, readChunks } from "../io/bytes";
import type { CsvContent } from "../table/csvColumns";
import { checkCsvOptions, type ChosenColumns, chooseColumns, type CsvOptions } from "./csvOptions";
import { encode, labelsOf } from "./csvTensors";
import { Dataset } from "./dataset";
import { Selection } from "./selection";

export type { ColumnReference, CsvOptions } from "./csvOptions";

/** A dataset with the names its columns had. Parts and batches of it are plain datasets. */
export class CsvDataset extends Dataset {
  /** @internal */
  constructor(
    selection: Selection,
    /** The columns of x. A one-hot column is called `column=category`. */
    readonly featureNames: readonly string[],
    /** What the labels of a categorical target stand for; undefined for other targets. */
    readonly classNames: readonly string[] | undefined,
    /** The categories of every categorical column, to read a second file with the same codes. */
    readonly categories: ReadonlyMap<string, readonly string[]>,
  ) {
    super(selection);
  }
}

/**
 * Reads a table of comma-separated values (RFC 4180; UTF-8 or UTF-16, optionally gzipped) into memory by the rules of `data.table`,
 * which takes about 20 bytes a cell while it reads, and 4 or 12 afterwards, however long the text. The event loop runs meanwhile,
 * between rows: one of 20,000 cells takes 20 to 80 ms, with the header that names them.
 *
 * A column is numeric when all its values are numbers, be they amounts with a unit, as 5 % or 12 kg, or have a decimal comma;
 * categorical when they are words that come again and again. A mixture is an error unless `categorical` names it, and so are dates,
 * texts, keys and what can be read in two ways: nothing becomes codes in silence. Numbers are one category however they are written.
 * Spaces around values are dropped, empty lines skipped. x is float32 `[rows, features]`, with the code of the category, or one
 * column each when `oneHot`. y is float32 `[rows, targets]` for numeric targets, int32 `[rows]` for a categorical one, float32
 * `[rows, classes]` when `oneHot` names it.
 *
 * Nothing is computed from the values but the lists of categories, so a dataset may be split afterwards: what needs to
 * learn from the training part only is in `data.standardize`, `data.impute` and `data.oneHot`. Numbers that float32 cannot
 * tell apart, such as times in milliseconds, stay as they are for these three, and are an error where they are trained on.
 *
 * @param source the text itself, or where its bytes are.
 * @throws FormatError naming the line when the text is not a table: an unclosed quote, a row too short or too long, anything
 *   above the limits.
 * @throws DataError naming line and column for a value that is missing or unfit, or when there are no rows.
 * @throws ArgumentError for options that do not fit the table.
 */
export async function csv(source: string | ByteSource, options: CsvOptions = {}): Promise<CsvDataset> {
  const { limits, ...settings } = checkCsvOptions(options);
  // Bytes at hand are taken as they are at the call.
  const text =
    typeof source === "string"
      ? source
      : readChunks(bytesAtHand(source, "csv")?.slice() ?? source, "csv", limits.maximumBytes);
  const { readCsvColumns } = await import("../table/index");
  let chosen: ChosenColumns | undefined;
  const want = (names: readonly string[]) => {
    chosen = chooseColumns(names, options);
    return chosen.wanted;
  };
  const isPath = typeof source === "string" && !/[\r\n]/.test(source);
  const hintOfNone = isPath ? " Text was expected: read a file first, or give its URL." : "";
  return datasetOf(await readCsvColumns(text, { ...settings, ...limits, hintOfNone, want }), chosen!);
}

async function datasetOf({ columns, rowCount }: CsvContent, { wanted }: ChosenColumns): Promise<CsvDataset> {
  const encoded = columns.map((column) => ({ column, isOneHot: wanted[column.place].isOneHot }));
  const features = encoded.filter(({ column }) => !column.isTarget);
  const targets = encoded.filter(({ column }) => column.isTarget);
  const isCategorical = targets.some(({ column }) => column.categories);
  if (isCategorical && targets.length > 1) {
    throw new ArgumentError("csv: several targets must all be numeric. Read the file once for each other target.");
  }
  const x = await encode(features, rowCount);
  const [label] = targets;
  const readTargets = async () =>
    isCategorical && !label.isOneHot ? labelsOf(label.column) : (await encode(targets, rowCount)).tensor;
  const y = targets.length === 0 ? [] : [await readTargets()];
  const selection = new Selection({ x: [x.tensor], y, names: x.names });
  const categories = columns.flatMap((one) => (one.categories ? [[one.name, one.categories] as const] : []));
  return new CsvDataset(selection, x.names, label?.column.categories, new Map(categories));
}
