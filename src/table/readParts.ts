import { DataError, FormatError } from "../errors";
import { show } from "../options";
import { breathe, sliceEnd } from "../platform/breathe";
import type { TableNote, TextLayout } from "./notes";
import type { RawTable } from "./raw/rawTable";
import { readJson } from "./sources/json";
import type { Layout } from "./sources/layout";
import { addRecord, isRecord, ObjectBuilder } from "./sources/objects";
import { type OpenSource, openSource } from "./sources/openSource";
import { recogniseLayout } from "./sources/recogniseLayout";
import { readRecords } from "./sources/records";
import { RowBuilder } from "./sources/rowBuilder";
import { type CheckedOptions, placeOfName } from "./tableOptions";
import type { ReadRows } from "./typeTable";

/** Characters by which the layout of a text is told. */
const SAMPLE_CHARACTERS = 2 ** 16;

/** Makes a part of a table of what was read since the last one. */
interface Builder {
  readonly raw: RawTable;
  readonly unnamed: ReadonlySet<number>;
  readonly notes: readonly TableNote[];
  take(): RawTable;
}

/**
 * Reads a source in parts of some rows, of which only one is in memory. The event loop runs meanwhile.
 *
 * @param rowsPerPart at least so many, but for the last one; `Infinity` for all in one
 */
export async function* readParts(
  source: unknown,
  options: CheckedOptions,
  rowsPerPart: number,
): AsyncGenerator<ReadRows> {
  const open = await openSource(source, options);
  yield* open.kind === "text" ? partsOfText(open, options, rowsPerPart) : partsOfRows(open, options, rowsPerPart);
}

/** Breathes when it is time to. */
async function pause(): Promise<void> {
  if (performance.now() >= sliceEnd()) await breathe();
}

async function* partsOfText(
  open: Extract<OpenSource, { kind: "text" }>,
  options: CheckedOptions,
  rowsPerPart: number,
): AsyncGenerator<ReadRows> {
  const { sample, all, emptyLines } = await sampleOf(open.pieces);
  if (sample.trim() === "") throw new DataError(`${options.who}: the text is empty.`);
  const format = options.format ?? (/^\s*[[{]/.test(sample) ? "json" : "csv");
  const { encoding } = open;
  if (format === "json") return yield* partsOfJson(all, { format, encoding }, options, rowsPerPart);
  refuseMarkup(sample, options.who);
  const skipRows = options.skipRows && Math.max(0, options.skipRows - emptyLines);
  const { layout, notes } = recogniseLayout(wholeLines(sample), { ...options, skipRows });
  // Columns of a schema are found by their names, so the first row has them.
  const { header = options.schema ? true : undefined } = options;
  const builder = new RowBuilder({ ...options, header }, (names) => checkNames(names, options));
  const described = () => layoutOf(layout, builder.hasHeader, encoding);
  const pieces = (rows: RawTable): ReadRows => partOf(builder, rows, [...notes, ...builder.notes], described());
  for await (const rows of readRecords(all, layout, options, emptyLines + 1)) {
    builder.add(rows);
    if (builder.raw.rowCount >= rowsPerPart) yield pieces(builder.take());
    await pause();
  }
  builder.end();
  if (builder.raw.rowCount > 0) yield pieces(builder.raw);
}

const layoutOf = (layout: Layout, header: boolean, encoding: string | undefined): TextLayout => ({
  format: "csv",
  delimiter: layout.delimiter,
  header,
  quote: layout.quote,
  ...(encoding ? { encoding } : {}),
  ...(layout.comment ? { comment: layout.comment } : {}),
  ...(layout.skipRows ? { skipRows: layout.skipRows } : {}),
});

function partOf(builder: Builder, raw: RawTable, notes: readonly TableNote[], layout?: TextLayout): ReadRows {
  return { raw, unnamed: new Set(builder.unnamed), notes, ...(layout ? { layout } : {}) };
}

async function* partsOfJson(
  pieces: AsyncIterable<string>,
  layout: TextLayout,
  options: CheckedOptions,
  rowsPerPart: number,
): AsyncGenerator<ReadRows> {
  const builder = new ObjectBuilder(options, "line");
  let held: unknown;
  let count = 0;
  for await (const values of readJson(pieces, options)) {
    for (const { value, line } of values) {
      // An object that is all there is may hold columns.
      if (count === 0) held = { value, line };
      if (count === 1) addHeld(builder, held as { value: unknown; line: number });
      if (count++ > 0) builder.add(value, line);
    }
    if (builder.raw.rowCount >= rowsPerPart) yield partOf(builder, builder.take(), builder.notes, layout);
    await pause();
  }
  if (count === 1) {
    const { value, line } = held as { value: unknown; line: number };
    if (isRecord(value)) addRecord(builder, value, options);
    else builder.add(value, line);
  }
  if (builder.raw.rowCount > 0) yield partOf(builder, builder.raw, builder.notes, layout);
}

const addHeld = (builder: ObjectBuilder, { value, line }: { value: unknown; line: number }) => builder.add(value, line);

async function* partsOfRows(
  open: Exclude<OpenSource, { kind: "text" }>,
  options: CheckedOptions,
  rowsPerPart: number,
): AsyncGenerator<ReadRows> {
  const builder = new ObjectBuilder(options, "row");
  if (open.kind === "record") addRecord(builder, open.record, options);
  else {
    let count = 0;
    for await (const row of open.rows) {
      builder.add(row);
      if (builder.raw.rowCount >= rowsPerPart) yield partOf(builder, builder.take(), builder.notes);
      if (++count % 256 === 0) await pause();
    }
  }
  if (builder.raw.rowCount > 0) yield partOf(builder, builder.raw, builder.notes);
}

/** A text of which the beginning is known. */
export interface SampledText {
  readonly sample: string;
  /** All of it, but for pieces at the beginning that are empty lines and nothing else. */
  readonly all: AsyncGenerator<string>;
  /** The number of those lines. */
  readonly emptyLines: number;
}

/** The beginning of a text, and all of it. */
export async function sampleOf(pieces: AsyncGenerator<string>): Promise<SampledText> {
  const held: string[] = [];
  let length = 0;
  let emptyLines = 0;
  while (length < SAMPLE_CHARACTERS) {
    const { done, value } = await pieces.next();
    if (done) break;
    if (length === 0 && /^\n+$/.test(value)) {
      emptyLines += value.length;
      continue;
    }
    held.push(value);
    length += value.length;
  }
  async function* all(): AsyncGenerator<string> {
    try {
      yield* held;
      yield* pieces;
    } finally {
      await pieces.return(undefined);
    }
  }
  return { sample: held.join(""), all: all(), emptyLines };
}

/** A sample without the line that it may cut. */
export function wholeLines(sample: string): string {
  const end = sample.length < SAMPLE_CHARACTERS ? -1 : sample.lastIndexOf("\n");
  return end < 0 ? sample : sample.slice(0, end);
}

export function refuseMarkup(sample: string, who: string): void {
  if (/^\s*<(?:!doctype|html|\?xml|table)/i.test(sample)) {
    throw new FormatError(
      `${who}: this is HTML or XML, often the page of an error. Give the address of the file itself.`,
    );
  }
  if (/^\s*@relation\b/im.test(sample.slice(0, 10_000))) {
    throw new FormatError(
      `${who}: this is an ARFF file. Save it as CSV, or leave out the lines above its rows with skipRows and give names.`,
    );
  }
}

/** Refuses options that name columns which are not there, before all rows are read. */
export function checkNames(
  names: readonly string[],
  { who, columns, target, features, drop, schema }: CheckedOptions,
): void {
  const places = new Map(names.map((name, place) => [name, place]));
  // A column that is left out, and one of a schema, need not be there.
  for (const name of drop) if (!schema) placeOfName(who, "drop", name, places);
  for (const name of columns.keys()) if (!schema) placeOfName(who, "columns", name, places);
  for (const name of target) placeOfName(who, "target", name, places);
  for (const name of features ?? []) placeOfName(who, "features", name, places);
  const both = [...target, ...(features ?? [])].find((name) => drop.includes(name));
  if (both !== undefined)
    placeOfName(who, `drop leaves ${show(both)} out`, both, new Map([...places].filter(([name]) => name !== both)));
}
