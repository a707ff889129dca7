/** How a text is cut into rows and cells. */
export interface Layout {
  /** What stands between cells; "whitespace" for any blanks, "fixed" for columns of fixed width. */
  readonly delimiter: string;
  readonly quote: string;
  /** What begins a line that is no row; "" for nothing. */
  readonly comment: string;
  /** Lines to leave out at the beginning. */
  readonly skipRows: number;
  /** Whether blanks stand before opening quotes. */
  readonly hasBlanksBeforeQuotes: boolean;
  /** Of fixed columns. */
  readonly widths: readonly number[];
}

/** Some parts of a layout that are set. */
export interface LayoutHints {
  readonly delimiter?: string | undefined;
  readonly quote?: string | undefined;
  readonly comment?: string | undefined;
  readonly skipRows?: number | undefined;
  readonly widths?: readonly number[] | undefined;
}

/** Cuts the lines of a sample into cells; quoted cells may have delimiters and line ends in them. */
export function cutSample(sample: string, { delimiter, quote }: Pick<Layout, "delimiter" | "quote">): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let at = 0;
  const end = sample.length;
  while (at <= end) {
    let start = at;
    while (quote && (sample[start] === " " || (sample[start] === "\t" && delimiter !== "\t"))) start++;
    let next: number;
    if (quote && sample[start] === quote) {
      let close = start;
      do close = sample.indexOf(quote, close + 1);
      while (close >= 0 && sample[close + 1] === quote && ++close);
      if (close < 0) break;
      next = endOfCell(sample, close + 1, delimiter);
      row.push(sample.slice(start + 1, close));
    } else {
      next = endOfCell(sample, at, delimiter);
      row.push(sample.slice(at, next));
    }
    if (next >= end || sample[next] === "\n") {
      rows.push(row);
      row = [];
      at = next + 1;
      if (at > end - 1) break;
    } else at = next + delimiter.length;
  }
  return rows;
}

function endOfCell(text: string, from: number, delimiter: string): number {
  const line = text.indexOf("\n", from);
  const cell = text.indexOf(delimiter, from);
  const end = line < 0 ? text.length : line;
  return cell < 0 || cell > end ? end : cell;
}

/** The words of a line between blanks; what stands in quotes is one. */
export function wordsOfLine(line: string): string[] {
  return Array.from(line.matchAll(/"((?:[^"]|"")*)"|\S+/g), ([all, quoted]) =>
    quoted === undefined ? all : quoted.replaceAll('""', '"'),
  );
}

/** A line cut at fixed places; the last column takes the rest. */
export function fixedCells(line: string, widths: readonly number[]): string[] {
  const cells: string[] = [];
  let at = 0;
  for (const [i, width] of widths.entries()) {
    cells.push(i === widths.length - 1 ? line.slice(at) : line.slice(at, at + width));
    at += width;
  }
  return cells;
}
