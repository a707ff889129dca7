import { ArgumentError, DataError } from "../errors";
import { show } from "../options";
import { inSlices } from "../platform/slices";
import { checkSchema, plainReading } from "./checkSchema";
import { buildColumn } from "./columns/build";
import type { CategoryColumn, Column } from "./columns/column";
import type { TableNote, TextLayout } from "./notes";
import { type Profile, profileOf } from "./raw/profile";
import { Kept, type RawTable } from "./raw/rawTable";
import { DecimalSurvey, decide } from "./rules/decide";
import { otherMark } from "./rules/marks";
import { missingTest } from "./rules/missing";
import { questionOfTarget } from "./rules/targetGaps";
import { MISSING_WORDS } from "./rules/words";
import type { Hints, RuleContext, Verdict } from "./rules/rule";
import type { ColumnReading, ColumnSchema, TableSchema } from "./schema";
import { standardRole, Table, withRoles } from "./table";
import { type CheckedOptions, nearest } from "./tableOptions";

/** What was read, and what is to be said of it. */
export interface ReadRows {
  readonly raw: RawTable;
  /** The places of columns that had no name. */
  readonly unnamed: ReadonlySet<number>;
  readonly layout?: TextLayout | undefined;
  readonly notes: readonly TableNote[];
}

/** Questions shown at once. */
const SHOWN_QUESTIONS = 5;

/** Columns looked at between two looks at the clock, by how many cells they have. */
export const grainOf = (raw: RawTable) => Math.max(1, Math.floor(2 ** 17 / Math.max(1, raw.rowCount)));

/** @internal Finds out what the columns hold, and makes a table of them. */
export async function typeTable(read: ReadRows, options: CheckedOptions): Promise<Table> {
  const { schema } = options;
  if (schema !== undefined) return typeBySchema(read, options, checkSchema(options.who, schema));
  const columns = await decideColumns(read, options);
  const { notes, reasons, targetQuestions } = columns;
  const roles = withRoles(options.who, columns.schemas, selectionOf(options, columns.schemas));
  const table = new Table(columns.columns, { version: 1, columns: roles }, read.raw.rowCount, {
    layout: read.layout,
    notes: [...read.notes, ...notes],
    reasons,
    targetQuestions,
  });
  return table.withoutTargetGaps();
}

/** Only what was said: an empty list of targets is none. */
function selectionOf({ target, features }: CheckedOptions, columns: readonly ColumnSchema[]) {
  const names = new Map(columns.map(({ name }, place) => [name, place]));
  const lost = target.find((name) => !names.has(name));
  if (lost !== undefined) throw new DataError(`table: the target ${show(lost)} holds no value.`);
  return { ...(target.length > 0 ? { target } : {}), ...(features ? { features } : {}) };
}

/** What is set of a column: by itself, else for the whole table. */
function hintsOf({ columns, hints }: CheckedOptions, name: string): Hints {
  const own = columns.get(name);
  if (!own) return hints;
  const set = Object.entries(own).filter(([, value]) => value !== undefined);
  const all: Hints = { ...hints, ...Object.fromEntries(set), own };
  const { words, missing = MISSING_WORDS } = all;
  // Words that are said to be categories are no gaps.
  return words ? { ...all, missing: missing.filter((word) => !words.includes(word)) } : all;
}

/** Goes through all columns once, and once more through those that need to know the others. */
async function decideColumns({ raw, unnamed }: ReadRows, options: CheckedOptions) {
  const found: (Column | undefined)[] = new Array(raw.names.length);
  const schemas: (ColumnSchema | undefined)[] = new Array(raw.names.length);
  const reasons = new Map<string, string>();
  const targetQuestions = new Map<string, string>();
  const notes: TableNote[] = [];
  const questions: string[] = [];
  const open: Profile[] = [];
  const survey = new DecimalSurvey();
  const context: RuleContext = contextOf(raw, () => survey.result);

  const settle = (profile: Profile) => {
    const hints = hintsOf(options, profile.name);
    const isUnnamed = unnamed.has(profile.column);
    const isIndex = isUnnamed && hints.type === undefined && countsRows(raw, profile);
    const verdict: Verdict | undefined = isIndex
      ? { reading: { type: "identifier" }, why: "it has no name and counts the rows" }
      : decide(profile, hints, context);
    if (verdict === undefined) {
      const what = isUnnamed ? `column ${profile.column + 1}, which has no name,` : `column ${show(profile.name)}`;
      notes.push({ column: profile.name, text: `${what} holds no value and was left out.` });
    } else if ("question" in verdict) questions.push(verdict.question);
    else {
      const { column } = profile;
      const { reading, why } = verdict;
      const missing = missingTest(hints.missing);
      found[column] = buildColumn({ raw, column, reading, missing });
      schemas[column] = schemaOf(found[column], { ...reading, missing: hints.missing });
      reasons.set(profile.name, why);
      if (isUnnamed) notes.push(noteOfUnnamed(profile, isIndex));
      if (profile.gapWords.length === 0) return;
      notes.push(noteOfGaps(profile));
      const asked = questionOfTarget(profile, reading, hints, context);
      if (asked !== undefined) targetQuestions.set(profile.name, asked);
    }
  };

  await inSlices(raw.names.length, grainOf(raw), (start, end) => {
    for (let column = start; column < end; column++) {
      const profile = profileOf(raw, column, missingTest(hintsOf(options, raw.names[column]).missing));
      survey.add(profile);
      if (profile.words.length > 0 || profile.numbers.firstAmbiguousRow >= 0) open.push(profile);
      else settle(profile);
    }
  });
  await inSlices(open.length, grainOf(raw), (start, end) => {
    for (const profile of open.slice(start, end)) settle(profile);
  });
  if (questions.length > 0) throw questionsError(questions);
  const columns = found.filter((column) => column !== undefined);
  if (columns.length === 0) throw new DataError("table: no column holds a value.");
  return { columns, schemas: schemas.filter((schema) => schema !== undefined), reasons, notes, targetQuestions };
}

/** What rules may ask about the columns of a raw table. */
export function contextOf(raw: RawTable, decimal: () => RuleContext["decimal"], waysOut?: string): RuleContext {
  return {
    waysOut,
    textAt: (column, row) => raw.textAt(column, row),
    placeOf: (row) => raw.placeOf(row),
    lineOf: (row) => `${raw.unit} ${raw.lines[row]}`,
    distinct(profile) {
      if (profile.numbers.count === 0) return profile.words.length;
      const values = new Set<number>();
      raw.scan(profile.column, (value, kept) => {
        if (kept !== Kept.WORD && kept !== Kept.GAP) values.add(value);
      });
      return profile.words.length + values.size;
    },
    get decimal() {
      return decimal();
    },
  };
}

/** Whether a column holds whole numbers that follow each other. */
/** @internal */
export function countsRows(raw: RawTable, { column, numbers, rowCount }: Profile): boolean {
  if (numbers.count !== rowCount || !numbers.areIntegers) return false;
  let follow = true;
  let first = 0;
  raw.scan(column, (value, _kept, row) => {
    if (row === 0) first = value;
    else if (value !== first + row) follow = false;
  });
  return follow;
}

const noteOfUnnamed = ({ name, column }: Profile, isIndex: boolean): TableNote => ({
  column: name,
  text: isIndex
    ? `column ${column + 1} has no name and counts the rows: it is called ${show(name)} and is no feature.`
    : `column ${column + 1} has no name: it is called ${show(name)}.`,
});

function noteOfGaps({ name, gapWords }: Profile): TableNote {
  const shown = gapWords
    .slice(0, 3)
    .map(({ text, count }) => `${show(text)} (${count === 1 ? "once" : `${count} times`})`);
  const text = `column ${show(name)}: ${shown.join(", ")}${gapWords.length > 3 ? " and others" : ""} read as no value.`;
  return { column: name, text };
}

/** @internal One error of all questions. */
export function questionsError(questions: readonly string[]): DataError {
  const shown = questions.slice(0, SHOWN_QUESTIONS);
  const rest = questions.length - shown.length;
  return new DataError(`${shown.join("\n")}${rest > 0 ? `\nThere are ${rest} more columns like that.` : ""}`);
}

/** The reading of a column, with the words that were found. */
function schemaOf(column: Column, reading: ColumnReading): ColumnSchema {
  const { name, type } = column;
  const words = type === "category" || type === "boolean" ? { words: [...(column as CategoryColumn).words] } : {};
  return { name, role: standardRole({ type }), ...plainReading({ ...reading, ...words }) };
}

/** Reads the columns that a schema names, in its order. */
async function typeBySchema(read: ReadRows, options: CheckedOptions, schema: TableSchema): Promise<Table> {
  const reading = new SchemaReading(read, options, schema);
  await inSlices(reading.columnCount, grainOf(read.raw), (start, end) => reading.build(start, end));
  return reading.table();
}

/** @internal The same at once: the event loop waits. */
export function typeBySchemaAtOnce(read: ReadRows, options: CheckedOptions, schema: TableSchema): Table {
  const reading = new SchemaReading(read, options, schema);
  reading.build(0, reading.columnCount);
  return reading.table();
}

/** A table by a schema, column by column. */
class SchemaReading {
  readonly #present: readonly ColumnSchema[];
  readonly #places: ReadonlyMap<string, number>;
  readonly #notes: TableNote[] = [];
  readonly #columns: Column[] = [];
  readonly #schemas: ColumnSchema[] = [];

  /** @throws DataError when a feature of the schema is missing */
  constructor(
    private readonly read: ReadRows,
    private readonly options: CheckedOptions,
    schema: TableSchema,
  ) {
    const { names } = read.raw;
    const places = new Map(names.map((name, place) => [name, place]));
    const drop = new Set(options.drop);
    const wanted = schema.columns.filter(({ name }) => !drop.has(name));
    const lost = wanted.find(({ name, role }) => role === "feature" && !places.has(name));
    if (lost) {
      throw new DataError(
        `${options.who}: column ${show(lost.name)} of the schema is missing.${nearest(lost.name, places)}`,
      );
    }
    for (const { name } of wanted)
      if (!places.has(name))
        this.#notes.push({ column: name, text: `column ${show(name)} of the schema is not there.` });
    const known = new Set(wanted.map(({ name }) => name));
    const extra = names.filter((name) => !known.has(name));
    if (extra.length > 0) this.#notes.push({ text: `${listOf(extra)} not in the schema and left out.` });
    this.#present = wanted.filter(({ name }) => places.has(name));
    this.#places = places;
  }

  get columnCount(): number {
    return this.#present.length;
  }

  /** Reads the columns from `start` up to `end`, which is not included. */
  build(start: number, end: number): void {
    const { raw } = this.read;
    for (const column of this.#present.slice(start, end)) {
      const merged = mergedWith(this.options.who, column, hintsOf(this.options, column.name));
      const missing = missingTest(merged.missing);
      this.#columns.push(buildColumn({ raw, column: this.#places.get(column.name)!, reading: merged, missing }));
      this.#schemas.push(merged);
    }
  }

  table(): Table {
    const { raw, layout, notes } = this.read;
    const { who, target, features } = this.options;
    const selection = { ...(target.length > 0 ? { target } : {}), ...(features ? { features } : {}) };
    const columns = withRoles(who, this.#schemas, selection);
    const reasons = new Map(this.#present.map(({ name }) => [name, "its schema says so"]));
    const origin = { layout, notes: [...notes, ...this.#notes], reasons };
    const table = new Table(this.#columns, { version: 1, columns }, raw.rowCount, origin);
    return target.length > 0 ? table.withoutTargetGaps() : table;
  }
}

/** A column of a schema with what was set beside it: how it is written, not what it holds. */
function mergedWith(who: string, column: ColumnSchema, { own: _own, ...hints }: Hints): ColumnSchema {
  if ((hints.type !== undefined && hints.type !== column.type) || hints.words !== undefined) {
    throw new ArgumentError(
      `${who}: column ${show(column.name)}: the schema says what it holds. Leave type and words out, or the schema.`,
    );
  }
  // Who sets the mark before decimals says what the other one is.
  const { decimal, thousands = decimal && otherMark(decimal) } = hints;
  return { ...column, ...plainReading({ ...hints, thousands } as ColumnReading) };
}

function listOf(names: readonly string[]): string {
  const shown = names.slice(0, 5).map(show).join(", ");
  const rest = names.length > 5 ? ` and ${names.length - 5} more` : "";
  return `${names.length === 1 ? "column" : "columns"} ${shown}${rest} ${names.length === 1 ? "is" : "are"}`;
}
