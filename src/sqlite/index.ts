/** Tables of SQLite files in Node, by Node itself or the package node-sqlite3-wasm: `import { sqlite } from "wasmgrad/sqlite"`. */
import { ArgumentError, DataError, FormatError, StateError } from "../errors";
import { show } from "../options";
import { builtinModule, isNode, nodeModule } from "../platform/nodeModule";
import { isA } from "../platform/realm";
import { readTable } from "../table/index";
import type { Table } from "../table/table";
import type { TableOptions } from "../table/tableOptions";

/** Options of `sqlite`. */
export interface SqliteOptions extends TableOptions {
  /** The table of the file. Default: the only one. */
  table?: string | undefined;
  /** A query whose rows are the table, instead of a table of the file. */
  query?: string | undefined;
}

/** What is used of a database, whoever reads it. */
interface Database {
  all(query: string): Record<string, unknown>[];
  close(): void;
}

/**
 * Reads a table of a SQLite file, or the answer to a query. Whole numbers above 2⁵³ become identifiers. The file is only read.
 *
 * @param source a path or a `file:` URL
 * @throws DataError when there are several tables and none is named; FormatError for what is no SQLite file or no query; StateError
 *   outside Node, and where neither `node:sqlite` nor node-sqlite3-wasm is there
 */
export async function sqlite(source: string | URL, { table, query, ...options }: SqliteOptions = {}): Promise<Table> {
  if (!isNode) throw new StateError("sqlite: a file needs Node. Read it there, and write it as CSV or JSON.");
  if (table !== undefined && query !== undefined) throw new ArgumentError("sqlite: give table or query, not both.");
  const { fileURLToPath } = await nodeModule<typeof import("node:url")>("node:url");
  const isUrl = isA("URL", source) || /^file:/i.test(String(source));
  const path = isUrl ? fileURLToPath(String(source)) : String(source);
  const { existsSync } = await nodeModule<typeof import("node:fs")>("node:fs");
  if (!existsSync(path)) throw new DataError(`sqlite: there is no file ${show(path)}.`);
  const database = await openDatabase(path);
  let rows: Record<string, unknown>[];
  try {
    rows = database.all(query ?? `SELECT * FROM ${quoted(tableOf(database, table))}`);
  } catch (cause) {
    if (cause instanceof DataError) throw cause;
    throw new FormatError(`sqlite: ${(cause as Error).message}`, { cause });
  } finally {
    database.close();
  }
  return readTable(rows, options);
}

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;

/** The table that is meant. */
function tableOf(database: Database, name: string | undefined): string {
  const rows = database.all(
    "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'",
  );
  const names = rows.map((row) => String(row.name));
  if (name !== undefined && names.includes(name)) return name;
  if (name === undefined && names.length === 1) return names[0];
  const there = names.length === 0 ? "no table" : names.map(show).join(", ");
  throw new DataError(
    `sqlite: ${name === undefined ? "which table is meant?" : `there is no table ${show(name)}.`} The file has ${there}. Set table.`,
  );
}

async function openDatabase(path: string): Promise<Database> {
  const own = builtinModule<{ DatabaseSync: new (path: string, options: object) => NodeDatabase }>("node:sqlite");
  if (own) {
    const database = new own.DatabaseSync(path, { readOnly: true });
    return {
      all(query) {
        const statement = database.prepare(query);
        statement.setReadBigInts(true);
        return statement.all();
      },
      close: () => database.close(),
    };
  }
  try {
    const module = await import("node-sqlite3-wasm");
    const { Database } = ("default" in module ? module.default : module) as typeof module;
    const database = new Database(path, { readOnly: true });
    return {
      all: (query) => database.all(query) as Record<string, unknown>[],
      close: () => database.close(),
    };
  } catch (cause) {
    if ((cause as { code?: unknown }).code === "ERR_MODULE_NOT_FOUND") {
      throw new StateError("sqlite: this Node has no node:sqlite. Install node-sqlite3-wasm, or use Node 22.5.", {
        cause,
      });
    }
    throw new FormatError(`sqlite: cannot open ${show(path)}: ${(cause as Error).message}`, { cause });
  }
}

/** What is used of Node's own. */
interface NodeDatabase {
  prepare(query: string): { setReadBigInts(isOn: boolean): void; all(): Record<string, unknown>[] };
  close(): void;
}
