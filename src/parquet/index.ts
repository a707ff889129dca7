/** Tables of Parquet files, by the package hyparquet: `import { parquet } from "wasmgrad/parquet"`. */
import type { ParquetReadOptions, SchemaElement } from "hyparquet";
import { DataError, FormatError } from "../errors";
import { readSource } from "../io/files";
import { show } from "../options";
import { readTable } from "../table/index";
import type { FileSource, Table, TableOptions } from "wasmgrad";

/** Options of `parquet`. */
export interface ParquetOptions extends TableOptions {
  /** Decompressors besides Snappy, such as those of the package hyparquet-compressors. */
  compressors?: ParquetReadOptions["compressors"];
}

/** Decimal digits that float64 keeps. */
const EXACT_DIGITS = 15;

/**
 * Reads a Parquet file. Columns keep their types: numbers, truth values, dates, texts; whole numbers above 2⁵³ become identifiers,
 * texts that come again and again categories. Times are kept to the millisecond.
 *
 * @param source a path, a URL, a `File`, bytes, a `Response` or a stream of it
 * @throws FormatError for what is no Parquet file, or needs a decompressor; DataError for columns of lists, of times of day, and of
 *   decimals with more than 15 digits, unless `drop` names them
 */
export async function parquet(source: FileSource, { compressors, ...options }: ParquetOptions = {}): Promise<Table> {
  const bytes = await readSource(source, "parquet", options.maximumBytes);
  const { parquetMetadataAsync, parquetRead } = await import("hyparquet");
  const file = new Uint8Array(bytes).buffer;
  const drop = new Set(options.drop);
  const record = new Map<string, unknown[]>();
  try {
    const metadata = await parquetMetadataAsync(file);
    const [, ...elements] = metadata.schema;
    const names = metadata.row_groups.length === 0 ? [] : topLevel(metadata.schema).filter((name) => !drop.has(name));
    for (const element of elements) if (!drop.has(element.name)) checkElement(element);
    if (Number(metadata.num_rows) === 0) throw new DataError("parquet: the file has no rows.");
    for (const name of names) record.set(name, new Array(Number(metadata.num_rows)).fill(null));
    await parquetRead({
      file,
      metadata,
      columns: names,
      ...(compressors ? { compressors } : {}),
      onChunk({ columnName, columnData, rowStart }) {
        const column = record.get(columnName)!;
        for (let i = 0; i < columnData.length; i++) column[rowStart + i] = columnData[i];
      },
    });
  } catch (cause) {
    if (cause instanceof DataError) throw cause;
    const { message } = cause as Error;
    const way = /compression codec/.test(message) ? ". Give compressors, such as those of hyparquet-compressors." : "";
    throw new FormatError(`parquet: cannot read the file: ${message}${way}`, { cause });
  }
  return readTable(Object.fromEntries(record), options);
}

/** The names of the columns, each with all that is within it. */
function topLevel(schema: readonly SchemaElement[]): string[] {
  const names: string[] = [];
  let at = 1;
  const skip = () => {
    const { num_children: children = 0 } = schema[at++];
    for (let i = 0; i < children; i++) skip();
  };
  for (let i = 0; i < (schema[0].num_children ?? 0); i++) {
    names.push(schema[at].name);
    skip();
  }
  return names;
}

function checkElement({ name, converted_type, logical_type, precision = 0 }: SchemaElement): void {
  const type = logical_type?.type ?? converted_type ?? "";
  const problem =
    type === "DECIMAL" && precision > EXACT_DIGITS
      ? `holds decimals of ${precision} digits, float64 keeps ${EXACT_DIGITS}`
      : type.startsWith("TIME") && !type.startsWith("TIMESTAMP")
        ? "holds times of day, for which there is no type"
        : undefined;
  if (problem)
    throw new DataError(
      `parquet: column ${show(name)} ${problem}. Convert it, or leave it out: drop: [${show(name)}].`,
    );
}
