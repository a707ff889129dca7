import { DataError } from "../errors";
import { integer, show } from "../options";
import { checkSchema } from "./checkSchema";
import { checkNames, readParts } from "./readParts";
import type { TableSchema } from "./schema";
import { ObjectBuilder } from "./sources/objects";
import type { TableSource } from "./sources/openSource";
import type { Table } from "./table";
import { checkTableOptions, type CheckedOptions, type TableOptions } from "./tableOptions";
import { type ReadRows, typeBySchemaAtOnce, typeTable } from "./typeTable";

/** Options of `tableStream`. */
export interface TableStreamOptions extends TableOptions {
  /** Rows of each table, but for the last one; a few more where rows come together. Default 10,000. */
  rowsPerChunk?: number | undefined;
}

/** Reads all of a source into one table. */
export async function readTable(source: TableSource, options: TableOptions): Promise<Table> {
  const checked = checkTableOptions("table", options);
  if (checked.schema !== undefined) checkSchema("table", checked.schema);
  let table: Table | undefined;
  for await (const part of readParts(source, checked, Number.POSITIVE_INFINITY)) {
    checkNamesOf(part, checked);
    table = await typeTable(part, checked);
  }
  return table ?? refuseEmpty(source, checked);
}

/** @internal Reads rows at hand as a schema says, at once: the event loop waits. */
export function readRowsAtOnce(rows: readonly unknown[], schema: TableSchema): Table {
  const checked = checkTableOptions("table", { schema });
  const builder = new ObjectBuilder(checked, "row");
  for (const row of rows) builder.add(row);
  const read = { raw: builder.raw, unnamed: builder.unnamed, notes: builder.notes };
  return typeBySchemaAtOnce(read, checked, checkSchema("table", schema));
}

/** Reads a source as tables of some rows, one after the other. */
export async function* streamTables(source: TableSource, options: TableStreamOptions): AsyncGenerator<Table> {
  const { rowsPerChunk, ...tableOptions } = options;
  const count = integer("tableStream", "rowsPerChunk", rowsPerChunk ?? 10_000);
  const checked = checkTableOptions("tableStream", { maximumBytes: Number.MAX_SAFE_INTEGER, ...tableOptions });
  let { schema } = checked;
  if (schema !== undefined) checkSchema("tableStream", schema);
  let isEmpty = true;
  for await (const part of readParts(source, checked, count)) {
    if (isEmpty) checkNamesOf(part, checked);
    isEmpty = false;
    // What the first rows hold, the others have to hold as well.
    const table = await typeTable(part, { ...checked, schema });
    schema ??= table.schema;
    yield table;
  }
  if (isEmpty) refuseEmpty(source, checked);
}

/** Objects say their names at the end only. */
function checkNamesOf({ raw, layout }: ReadRows, options: CheckedOptions): void {
  if (layout?.format === "csv") return;
  checkNames([...raw.names, ...options.drop], options);
}

function refuseEmpty(source: unknown, { who }: CheckedOptions): never {
  const isPath = typeof source === "string" && !/[\r\n]/.test(source) ? ` of ${show(source)}` : "";
  throw new DataError(`${who}: there are no rows${isPath}, at most a header.`);
}
