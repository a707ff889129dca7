import { FormatError, LimitError } from "../../errors";
import type { Wording } from "../wording";
import { fixedCells, type Layout, wordsOfLine } from "./layout";
import { lineEnds } from "./textPieces";
import { tidyText } from "./tidyText";

/** Rows of cells, each with the line it begins on. */
export interface RowsOfCells {
  readonly rows: readonly (readonly string[])[];
  readonly lines: readonly number[];
}

/** What a table may be at most. */
export interface RecordLimits {
  readonly who: string;
  /** Characters of a line, or of a row whose quoted cells go over several. */
  readonly maximumLineLength: number;
  readonly maximumColumns: number;
  readonly wording?: Wording | undefined;
}

/** What Papa Parse says of a text. */
interface Parsed {
  readonly data: readonly (readonly string[])[];
  readonly errors: readonly { readonly row?: number; readonly code: string; readonly message: string }[];
  /** Where the first row begins that is not in `data`. */
  readonly meta: { readonly cursor: number };
}

/** Cuts a text into rows. `isEnd` says that its last line is a whole one. */
type Parse = (text: string, isEnd: boolean) => Parsed;

/** Papa Parse for characters between cells, lines for blanks and columns of fixed width. */
async function parserOf(layout: Layout): Promise<Parse> {
  const { delimiter, quote, widths } = layout;
  if (delimiter === "whitespace") return linewise(wordsOfLine);
  if (delimiter === "fixed") return linewise((line) => fixedCells(line, widths));
  const { default: papaparse } = await import("papaparse");
  const parser = new papaparse.Parser(
    quote === "" ? { delimiter, newline: "\n", fastMode: true } : { delimiter, newline: "\n", quoteChar: quote },
  );
  return (text, isEnd) => parser.parse(text, 0, !isEnd) as Parsed;
}

const linewise =
  (cut: (line: string) => string[]): Parse =>
  (text, isEnd) => {
    const cursor = isEnd ? text.length : text.lastIndexOf("\n") + 1;
    const lines = text.slice(0, cursor).replace(/\n$/, "").split("\n");
    return {
      data: cursor === 0 ? [] : lines.map((line) => (line.trim() === "" ? [""] : cut(line))),
      errors: [],
      meta: { cursor },
    };
  };

/**
 * The rows of a text that are not empty, as they come. The parser gets as much at a time as there is, whole rows only, so that
 * memory does not grow with the text.
 *
 * @throws FormatError naming the line: a quote that is not closed, or closed in the middle of a cell; LimitError for a row above
 *   the limits
 */
export async function* readRecords(
  pieces: AsyncIterable<string>,
  layout: Layout,
  limits: RecordLimits,
  firstLine = 1,
): AsyncGenerator<RowsOfCells> {
  const records = new Records(await parserOf(layout), layout, limits, firstLine);
  for await (const piece of pieces) {
    const rows = records.add(piece);
    if (rows) yield rows;
  }
  const rest = records.end();
  if (rest) yield rest;
}

const LINE_END = 10;

class Records {
  /** The text behind the last whole row. */
  #rest = "";
  /** The line it begins on. */
  #line: number;
  /** A row that did not end is looked at again when there is twice as much of it: each character a few times at most. */
  #enough = 0;
  #skip: number;
  readonly #needsTidying: boolean;

  constructor(
    private readonly parse: Parse,
    private readonly layout: Layout,
    private readonly limits: RecordLimits,
    firstLine: number,
  ) {
    this.#line = firstLine;
    this.#skip = layout.skipRows;
    this.#needsTidying = layout.comment !== "" || layout.hasBlanksBeforeQuotes;
  }

  add(piece: string): RowsOfCells | undefined {
    this.#rest = this.#rest === "" && this.#skip === 0 ? this.#withoutEmptyLines(piece) : this.#rest + piece;
    while (this.#skip > 0) {
      const end = this.#rest.indexOf("\n");
      if (end < 0) return undefined;
      this.#rest = this.#rest.slice(end + 1);
      this.#skip--;
      this.#line++;
    }
    const { maximumLineLength } = this.limits;
    if (this.#rest.length === 0 || this.#rest.length < Math.min(this.#enough, maximumLineLength + 1)) return undefined;
    if (this.#needsTidying) this.#rest = tidyText(this.#rest, this.layout);
    const parsed = this.parse(this.#rest, false);
    const rows = this.#rowsOf(parsed);
    this.#rest = this.#rest.slice(parsed.meta.cursor);
    this.#enough = parsed.data.length > 0 ? 0 : 2 * this.#rest.length;
    if (this.#rest.length > maximumLineLength) throw this.#tooLong(this.#rest);
    return rows;
  }

  /** A text that begins with a row, without the empty ones there, which need not be parsed: a file may be nothing else. */
  #withoutEmptyLines(text: string): string {
    let count = 0;
    while (text.charCodeAt(count) === LINE_END) count++;
    this.#line += count;
    return text.slice(count);
  }

  end(): RowsOfCells | undefined {
    if (this.#rest === "" || this.#skip > 0) return undefined;
    if (this.#needsTidying) this.#rest = tidyText(this.#rest, this.layout);
    return this.#rowsOf(this.parse(this.#rest, true));
  }

  #rowsOf({ data, errors }: Parsed): RowsOfCells {
    // What is said of a row that has not ended yet may be wrong.
    const error = errors.find(({ row = 0 }) => row < data.length);
    const isQuoted = this.layout.quote !== "" && this.#rest.includes(this.layout.quote);
    const rows: (readonly string[])[] = [];
    const lines: number[] = [];
    const begun = this.#line;
    let texts: readonly string[] | undefined;
    for (const [i, cells] of data.entries()) {
      if (error?.row === i) throw this.#malformed(error);
      const isEmpty = cells.length === 1 && cells[0].trim() === "";
      // A line of "" is a row whose only cell is empty, unlike an empty line.
      if (isEmpty && isQuoted) texts ??= this.#rest.split("\n");
      const isGap = isEmpty && isQuoted && texts![this.#line - begun].trim() !== "";
      if (!isEmpty || isGap) {
        this.#check(cells);
        rows.push(cells);
        lines.push(this.#line);
      }
      this.#line++;
      if (isQuoted) for (const cell of cells) if (cell.includes("\n")) this.#line += lineEnds(cell);
    }
    return { rows, lines };
  }

  #malformed({ code, message }: Parsed["errors"][number]): FormatError {
    const { who, wording } = this.limits;
    const problem =
      code === "MissingQuotes" ? "a quote is opened and not closed" : "a quote is closed in the middle of a cell";
    const ways = 'Write quotes within a cell twice, or set quote: "" if they are letters like others.';
    return new FormatError(`${who}: line ${this.#line}: ${wording?.quote(message) ?? `${problem}. ${ways}`}`);
  }

  #check(cells: readonly string[]): void {
    const { who, maximumColumns, maximumLineLength } = this.limits;
    if (cells.length > maximumColumns) {
      throw this.#tooMuch(
        `${who}: line ${this.#line} has ${cells.length} cells, the limit is ${maximumColumns}. Raise maximumColumns if that is meant.`,
      );
    }
    if (this.#rest.length <= maximumLineLength) return;
    const length = cells.reduce((sum, cell) => sum + cell.length, (cells.length - 1) * this.layout.delimiter.length);
    if (length > maximumLineLength) throw this.#tooLong();
  }

  /** @param text of a row that has not ended */
  #tooLong(text?: string): Error {
    const { who, maximumLineLength } = this.limits;
    const isOpen = text !== undefined && this.parse(text, true).errors.some(({ code }) => code === "MissingQuotes");
    const problem = isOpen
      ? `a quote is opened and not closed within ${maximumLineLength} characters. Remove it, or raise maximumLineLength.`
      : `is longer than ${maximumLineLength} characters. Raise maximumLineLength if that is meant.`;
    return this.#tooMuch(`${who}: line ${this.#line}: ${problem}`);
  }

  #tooMuch(message: string): Error {
    return this.limits.wording?.tooMuch(message) ?? new LimitError(message);
  }
}
