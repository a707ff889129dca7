import { ownRows } from "../table/ownRows";
import type { TableStreamOptions } from "../table/index";
import type { TableSource } from "../table/sources/openSource";
import type { Table } from "../table/table";
import type { TableOptions } from "../table/tableOptions";

/**
 * Reads a table: columns that know what they hold, by name.
 *
 *     const titanic = await data.table("titanic.csv", { target: "Survived" });
 *     console.log(String(titanic.describe()));
 *
 * What a text of rows is like (what stands between cells, whether there is a header, how numbers, dates and gaps are written) is
 * recognised, and said by `describe()`. What can be read in two ways is an error that names the place and both ways out; each can
 * be set for a column or for the whole table. In Node and in browsers; the event loop runs meanwhile. Objects at hand are copied at
 * the call, all at once, a million in about a second; `rows.values()` are read by and by, as they are then.
 *
 * @param source text of rows or of JSON; a path, a URL, a `File`, bytes, a `Response` or a stream of it, gzipped or not; objects,
 *   arrays or columns. A text without a line end is a path or an address.
 * @param options what is set; by default everything is recognised
 * @throws DataError naming column and line of what cannot be told, or does not fit; FormatError for a text that is no table;
 *   LimitError above the limits; ArgumentError for options that do not fit
 */
export async function table(source: TableSource, options: TableOptions = {}): Promise<Table> {
  const [own, set] = [ownRows(source), ownOptions(options)];
  const { readTable } = await import("../table/index");
  return readTable(own, set);
}

/**
 * Reads a source as tables of some rows, of which one at a time is in memory: for files of any size.
 *
 *     for await (const part of data.tableStream("all.csv.gz", { schema: table.schema })) …
 *
 * Without a schema the first rows decide what the columns hold, and the others have to hold the same.
 *
 * Rows, columns and bytes at hand are copied at the call, so that what is done with them afterwards changes nothing. Rows that an
 * iterator gives, such as `rows.values()`, are read by and by instead, as they are then.
 *
 * @param source as that of `table`
 * @throws as `table` does, when the row is reached that is wrong
 */
export function tableStream(source: TableSource, options: TableStreamOptions = {}): AsyncGenerator<Table> {
  return partsOf(ownRows(source), ownOptions(options));
}

async function* partsOf(source: TableSource, options: TableStreamOptions): AsyncGenerator<Table> {
  const { streamTables } = await import("../table/index");
  yield* streamTables(source, options);
}

/** What is set, as it was at the call; what is no object is refused where all options are. */
const ownOptions = <Options extends TableOptions>(options: Options): Options =>
  typeof options === "object" && options !== null ? { ...options } : options;
