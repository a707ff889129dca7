import { ArgumentError } from "../errors";
import { checkOptions, oneOf, show } from "../options";
import type { ColumnReading, ColumnSchema, TableSchema } from "./schema";
import { checkWords, TYPES } from "./tableOptions";

const FLAGS = ["magnitudes", "bounds", "hexadecimal", "asWritten"] as const;
const KNOWN = [
  "name",
  "role",
  "type",
  "decimal",
  "thousands",
  "unit",
  "order",
  "epoch",
  "words",
  "unknown",
  "missing",
  ...FLAGS,
];

/**
 * Checks a schema that may come from a file, and gives a copy.
 *
 * @throws ArgumentError naming what is wrong in it
 */
export function checkSchema(who: string, schema: unknown): TableSchema {
  const { version, columns } = (schema ?? {}) as Partial<TableSchema>;
  if (version !== 1 || !Array.isArray(columns)) {
    const hint = version === undefined || version === 1 ? "" : " It is of another version of wasmgrad.";
    throw new ArgumentError(`${who}: schema must be what table.schema gives, got ${show(schema)}.${hint}`);
  }
  const names = new Set<string>();
  const checked = columns.map((column: unknown): ColumnSchema => {
    const { name } = (column ?? {}) as Partial<ColumnSchema>;
    if (typeof name !== "string")
      throw new ArgumentError(`${who}: schema has a column without a name, ${show(column)}.`);
    if (names.has(name)) throw new ArgumentError(`${who}: schema has two columns called ${show(name)}.`);
    names.add(name);
    return checkColumnSchema(`${who}: schema of column ${show(name)}`, column as ColumnSchema);
  });
  return { version: 1, columns: checked };
}

function checkColumnSchema(of: string, column: ColumnSchema): ColumnSchema {
  checkOptions(of, column, KNOWN);
  const { role, type, decimal, thousands, unit, order, epoch, words, unknown, missing } = column;
  oneOf(of, "type", type, TYPES);
  oneOf(of, "role", role, ["feature", "target", "none"]);
  if (decimal !== undefined) oneOf(of, "decimal", decimal, [".", ","]);
  if (order !== undefined) oneOf(of, "order", order, ["d/m/y", "m/d/y", "y/m/d"]);
  if (epoch !== undefined) oneOf(of, "epoch", epoch, ["s", "ms"]);
  if (unknown !== undefined) oneOf(of, "unknown", unknown, ["error", "gap", "other"]);
  for (const [name, text] of Object.entries({ thousands, unit })) {
    if (text !== undefined && typeof text !== "string")
      throw new ArgumentError(`${of}: ${name} must be text, got ${show(text)}.`);
  }
  for (const flag of FLAGS) {
    if (column[flag] !== undefined && typeof column[flag] !== "boolean") {
      throw new ArgumentError(`${of}: ${flag} must be true or false, got ${show(column[flag])}.`);
    }
  }
  if (words !== undefined || type === "boolean") checkWords(of, words, type);
  if (missing !== undefined) checkWords(of, missing, undefined);
  return { ...column, ...(words ? { words: [...words] } : {}), ...(missing ? { missing: [...missing] } : {}) };
}

/** Only what is set and what a schema knows, so that JSON gives back the same. */
export function plainReading(reading: ColumnReading): ColumnReading {
  return Object.fromEntries(
    Object.entries(reading).filter(([name, value]) => value !== undefined && KNOWN.includes(name)),
  ) as unknown as ColumnReading;
}
