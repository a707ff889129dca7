import { FormatError } from "../errors";
import { breathe, SLICE_MILLISECONDS } from "../platform/breathe";
import { countLines } from "./csvText";

/** What a table may be at most. */
export interface TableLimits {
  /** Characters of a line, or of a row whose quoted cells go over several. */
  readonly maximumLineLength: number;
  readonly maximumColumns: number;
}

/** Takes the cells of a row, trimmed, and the line it begins on. */
export type RowVisitor = (cells: readonly string[], line: number) => void;

/**
 * Shows every row of a text that is not empty, and keeps none. Papa Parse gets as much at a time as there is, whole rows only,
 * so that memory does not grow with the text; between slices of time the event loop runs.
 *
 * @param pieces of the text, with "\n" as the only line end
 * @throws FormatError naming the line: a quote that is not closed, or closed in the middle of a cell; a row above the limits
 */
export async function readRecords(
  pieces: AsyncIterable<string>,
  delimiter: string,
  limits: TableLimits,
  visit: RowVisitor,
): Promise<void> {
  const { default: papaparse } = await import("papaparse");
  const parser = new papaparse.Parser({ delimiter, newline: "\n" });
  const records = new Records((text, isEnd) => parser.parse(text, 0, !isEnd), delimiter, limits, visit);
  let begun = performance.now();
  for await (const piece of pieces) {
    records.add(piece);
    if (performance.now() - begun < SLICE_MILLISECONDS) continue;
    await breathe();
    begun = performance.now();
  }
  records.end();
}

/** What Papa Parse says of a text. */
interface Parsed {
  readonly data: readonly (readonly string[])[];
  readonly errors: readonly { readonly row: number; readonly code: string; readonly message: string }[];
  /** Where the first row begins that is not in `data`. */
  readonly meta: { readonly cursor: number };
}

const LINE_END = 10;

class Records {
  /** The text behind the last whole row. */
  #rest = "";
  /** The line it begins on. */
  #line = 1;
  /** A row that did not end is looked at again when there is twice as much of it: each character a few times at most. */
  #enough = 0;

  constructor(
    private readonly parse: (text: string, isEnd: boolean) => Parsed,
    private readonly delimiter: string,
    private readonly limits: TableLimits,
    private readonly visit: RowVisitor,
  ) {}

  add(piece: string): void {
    this.#rest = this.#rest === "" ? this.#withoutEmptyLines(piece) : this.#rest + piece;
    const { maximumLineLength } = this.limits;
    if (this.#rest.length < Math.min(this.#enough, maximumLineLength + 1)) return;
    const parsed = this.parse(this.#rest, false);
    this.#show(parsed);
    this.#rest = this.#rest.slice(parsed.meta.cursor);
    this.#enough = parsed.data.length > 0 ? 0 : 2 * this.#rest.length;
    if (this.#rest.length > maximumLineLength) throw this.#tooLong(this.#rest);
  }

  /** A text that begins with a row, without the empty ones there, which need not be parsed: a file may be nothing else. */
  #withoutEmptyLines(text: string): string {
    let count = 0;
    while (text.charCodeAt(count) === LINE_END) count++;
    this.#line += count;
    return text.slice(count);
  }

  end(): void {
    if (this.#rest !== "") this.#show(this.parse(this.#rest, true));
  }

  #show({ data, errors }: Parsed): void {
    // What is said of a row that has not ended yet may be wrong.
    const [error] = errors.filter(({ row }) => row < data.length);
    const isQuoted = this.#rest.includes('"');
    for (const [i, cells] of data.entries()) {
      if (error?.row === i) throw new FormatError(`csv: line ${this.#line}: ${error.message.toLowerCase()}.`);
      if (cells.length === 1 && cells[0] === "") {
        this.#line++;
        continue;
      }
      this.#check(cells);
      let lines = 1;
      if (isQuoted) for (const cell of cells) if (cell.includes("\n")) lines += countLines(cell);
      if (cells.length > 1 || cells[0].trim() !== "") {
        this.visit(
          cells.map((cell) => cell.trim()),
          this.#line,
        );
      }
      this.#line += lines;
    }
  }

  #check(cells: readonly string[]): void {
    const { maximumColumns, maximumLineLength } = this.limits;
    if (cells.length > maximumColumns) {
      throw new FormatError(
        `csv: line ${this.#line} has ${cells.length} cells, the limit is ${maximumColumns}. ` +
          "Raise maximumColumns if that is meant.",
      );
    }
    if (this.#rest.length <= maximumLineLength) return;
    const length = cells.reduce((sum, cell) => sum + cell.length, (cells.length - 1) * this.delimiter.length);
    if (length > maximumLineLength) throw this.#tooLong();
  }

  /** @param text of a row that has not ended */
  #tooLong(text?: string): FormatError {
    const { maximumLineLength } = this.limits;
    const isOpen = text !== undefined && this.parse(text, true).errors.some(({ code }) => code === "MissingQuotes");
    const problem = isOpen
      ? `a quote is opened and not closed within ${maximumLineLength} characters. Remove it, or raise maximumLineLength.`
      : `is longer than ${maximumLineLength} characters. Raise maximumLineLength if that is meant.`;
    return new FormatError(`csv: line ${this.#line}: ${problem}`);
  }
}
