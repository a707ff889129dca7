import { DataError, FormatError } from "../errors";
import { show } from "../options";
import { breathe, sliceEnd } from "../platform/breathe";
import { inSlices } from "../platform/slices";
import { firstGap } from "./csvGaps";
import { type CsvColumn, csvColumn, type DeclaredColumn } from "./csvTypes";
import { type MissingTest, type Profile, profileOf } from "./raw/profile";
import { refuseMarkup, sampleOf, wholeLines } from "./readParts";
import { DecimalSurvey } from "./rules/decide";
import { type MissingOption, missingTest, missingWords } from "./rules/missing";
import { mayBeClass } from "./rules/targetGaps";
import { recogniseLayout } from "./sources/recogniseLayout";
import { readRecords } from "./sources/records";
import { RowBuilder } from "./sources/rowBuilder";
import { piecesOfChunks, piecesOfText } from "./sources/textPieces";
import { contextOf, countsRows, grainOf, questionsError } from "./typeTable";
import type { Wording } from "./wording";

const who = "csv";

/** What happens to a missing value: an error, its row is dropped, it is kept as NaN, or a number stands in for it. */
export type MissingPolicy = "error" | "drop" | "keep" | number;

/** What is wanted of a column. */
export interface WantedColumn extends DeclaredColumn {
  /** Its place in the file. */
  readonly position: number;
  readonly isTarget: boolean;
  /** Whether somebody named it. Others that have no name and say nothing are left out. */
  readonly isNamed: boolean;
}

/** How `data.csv` wants a text to be read. */
export interface CsvRequest {
  readonly header: boolean | undefined;
  readonly delimiter: string | undefined;
  readonly missing: MissingPolicy;
  /** How gaps are written, besides the usual words. */
  readonly missingValues: MissingOption | undefined;
  readonly maximumLineLength: number;
  readonly maximumColumns: number;
  readonly maximumBytes: number;
  /** Behind the message that there is no row. */
  readonly hintOfNone?: string | undefined;
  /** Features first, in their order, then targets, by the names of all columns. */
  want(names: readonly string[]): readonly WantedColumn[];
}

/** The columns of a text that is read to the end. */
export interface CsvContent {
  readonly columns: readonly CsvColumn[];
  readonly rowCount: number;
}

const wording: Wording = {
  tooMuch: (message) => new FormatError(message),
  quote: (found) => `${found.toLowerCase()}.`,
  rowLength: (cells, reference) => `has ${cells} cells, ${reference}.`,
  sameName: (name) => `two columns are called ${show(name)}.`,
  lost: "Save the file again from its source, as UTF-8",
  encoding: (line) => `the file is not text in UTF-8. A byte of line ${line} belongs to no character.`,
  waysOut: "Name the column in categorical, or the value in missingValues, or leave the column out with columns.",
};

/**
 * Reads a text of rows into columns of numbers and of categories, by the rules of tables.
 *
 * @param source the text, or its bytes as they come
 * @throws as `data.csv` does
 */
export async function readCsvColumns(
  source: string | AsyncIterable<Uint8Array>,
  request: CsvRequest,
): Promise<CsvContent> {
  const reader = { ...request, who, wording };
  const { pieces } = typeof source === "string" ? piecesOfText(source, reader) : await piecesOfChunks(source, reader);
  const { sample, all, emptyLines } = await sampleOf(pieces);
  if (sample.trim() === "") throw new DataError(`${who}: the file is empty.`);
  refuseMarkup(sample, who);
  // What is left out has to be said, and there is nowhere to say it.
  const hints = { delimiter: request.delimiter, comment: "", skipRows: 0 };
  const { layout } = recogniseLayout(wholeLines(sample), hints);
  const rows = new WantedRows(request);
  for await (const records of readRecords(all, layout, reader, emptyLines + 1)) {
    rows.builder.add(records);
    if (performance.now() >= sliceEnd()) await breathe();
  }
  rows.builder.end();
  rows.refuseNone();
  return { columns: await rows.columns(), rowCount: rows.builder.raw.rowCount };
}

/** The rows of a text, of which only what is wanted is kept. */
class WantedRows {
  readonly builder: RowBuilder;
  readonly #words: readonly string[] | undefined;
  readonly #saidMissing: readonly string[] | undefined;
  /** How often words for gaps stand in targets whose rows are left out for it, by the place of the column. */
  readonly #leftOut = new Map<number, Map<string, number>>();
  readonly #missing: MissingTest;
  readonly #hasDigits: boolean;
  #wanted: readonly WantedColumn[] = [];
  #unnamed: ReadonlySet<number> = new Set();
  /** The places of cells without which a row is left out. */
  #needed: readonly number[] = [];
  #dropped = 0;

  constructor(private readonly request: CsvRequest) {
    const { missingValues, missing } = request;
    const { missing: words, saidMissing } = missingWords(who, missingValues);
    this.#words = words;
    this.#saidMissing = saidMissing;
    this.#missing = missingTest(this.#words);
    this.#hasDigits = this.#words?.some((word) => /^\d/.test(word)) ?? false;
    const keeps = missing === "error" ? undefined : (cells: readonly string[]) => this.#keeps(cells);
    this.builder = new RowBuilder({ who, wording, header: request.header, drop: [] }, undefined, {
      choose: (names, unnamed) => this.#choose(names, unnamed),
      ...(keeps ? { keeps } : {}),
    });
  }

  #choose(names: readonly string[], unnamed: ReadonlySet<number>): readonly number[] {
    const isLeftOut = ({ position, isNamed }: WantedColumn) => unnamed.has(position) && !isNamed;
    this.#wanted = this.request.want(names);
    this.#unnamed = new Set([...this.#wanted.keys()].filter((place) => isLeftOut(this.#wanted[place])));
    const needed = this.#wanted.filter(
      (column) => column.isTarget || (this.request.missing === "drop" && !isLeftOut(column)),
    );
    this.#needed = needed.map(({ position }) => position);
    return this.#wanted.map(({ position }) => position);
  }

  #keeps(cells: readonly string[]): boolean {
    for (const position of this.#needed) {
      const code = cells[position].charCodeAt(0);
      const isNumber = code >= 48 && code <= 57 && !this.#hasDigits;
      if (isNumber) continue;
      const text = cells[position].trim();
      if (!this.#isMissing(text)) continue;
      this.#dropped++;
      if (text !== "") this.#count(position, text);
      return false;
    }
    return true;
  }

  #count(position: number, text: string): void {
    let counts = this.#leftOut.get(position);
    if (!counts) {
      counts = new Map();
      this.#leftOut.set(position, counts);
    }
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }

  /** The question whether rows were left out whose target has a word for a class that reads as none. */
  #questionOf({ name, isTarget, categories, place }: CsvColumn): string | undefined {
    const counts = this.#leftOut.get(this.#wanted[place].position);
    if (!isTarget || categories === undefined || !counts) return undefined;
    const rows = [...counts.values()].reduce((sum, count) => sum + count, this.builder.raw.rowCount);
    const about = { rows, classes: categories.length, saidMissing: this.#saidMissing };
    const [first] = [...counts].filter(([text, count]) => mayBeClass(text, count, about)).sort((a, b) => b[1] - a[1]);
    if (!first) return undefined;
    const [text, count] = first;
    return (
      `${who}: column ${show(name)}: ${show(text)} stands in ${count} of ${rows} rows of the target, where it may be a class ` +
      `or no value. Set missingValues: { only: [] } for a class, or missingValues: [${show(text)}] to leave its rows out.`
    );
  }

  #isMissing(text: string): boolean {
    const { isWord, numbers } = this.#missing;
    return text === "" || isWord(text) || (numbers.size > 0 && numbers.has(Number(text)));
  }

  refuseNone(): void {
    if (this.builder.raw.rowCount > 0) return;
    if (this.#dropped === 0)
      throw new DataError(`${who}: there are no rows below the header.${this.request.hintOfNone ?? ""}`);
    throw new DataError(`${who}: all ${this.#dropped} rows miss a value, none is left.`);
  }

  /** @throws DataError for what is no number and no category, and for gaps where none may be */
  async columns(): Promise<readonly CsvColumn[]> {
    const { raw } = this.builder;
    const missing = this.#missing;
    const survey = new DecimalSurvey();
    const profiles: Profile[] = [];
    await inSlices(raw.names.length, grainOf(raw), (start, end) => {
      for (let column = start; column < end; column++) {
        const profile = profileOf(raw, column, missing);
        survey.add(profile);
        profiles.push(profile);
      }
    });
    const kept = profiles.filter((profile) => !this.#isNothing(profile));
    this.#refuseGaps(kept);
    const context = contextOf(raw, () => survey.result, wording.waysOut);
    const policy = this.request.missing;
    const substitute = typeof policy === "number" ? policy : Number.NaN;
    const columns: CsvColumn[] = [];
    const questions: string[] = [];
    await inSlices(kept.length, grainOf(raw), (start, end) => {
      for (const profile of kept.slice(start, end)) {
        const wanted = this.#wanted[profile.column];
        const source = { raw, profile, context, missing, missingWords: this.#words, substitute };
        const column = csvColumn(source, wanted);
        const question = typeof column === "string" ? column : this.#questionOf(column);
        if (question !== undefined) questions.push(question);
        else columns.push(column as CsvColumn);
      }
    });
    if (questions.length > 0) throw questionsError(questions);
    if (columns.every(({ isTarget }) => isTarget)) throw new DataError(`${who}: no column is left as a feature.`);
    return columns;
  }

  /** What delimiters at the ends of lines make, and the numbers of rows. */
  #isNothing(profile: Profile): boolean {
    const { column, rowCount, gaps } = profile;
    return this.#unnamed.has(column) && (gaps === rowCount || countsRows(this.builder.raw, profile));
  }

  #refuseGaps(profiles: readonly Profile[]): void {
    const policy = this.request.missing;
    if (policy === "keep" || typeof policy === "number") return;
    const { raw } = this.builder;
    const firsts = profiles
      .filter(({ gaps }) => gaps > 0)
      .map(({ column }) => ({ column, row: firstGap(raw, column, this.#missing) }))
      .sort((a, b) => a.row - b.row);
    if (firsts.length === 0) return;
    const [{ column, row }] = firsts;
    const ways = 'Set the option missing to "drop", "keep" or a number.';
    throw new DataError(`${raw.placeOf(row)}, column ${show(raw.names[column])}: the value is missing. ${ways}`);
  }
}
