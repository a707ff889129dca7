import { show } from "../../options";
import type { TableNote } from "../notes";
import { markEvidence, splitAmount } from "../rules/amounts";
import { cutSample, type Layout, type LayoutHints, wordsOfLine } from "./layout";

/** What stands between cells, the most usual first. */
const DELIMITERS = [",", ";", "\t", "|"] as const;

/** Lines of a sample that are looked at. */
const SAMPLE_LINES = 200;

/** Lines at the beginning that may be no rows. */
const MOST_SKIPPED = 30;

/**
 * How a text is cut into rows and cells, by its first lines.
 *
 * @param sample whole lines, or the beginning of a very long one
 */
export function recogniseLayout(
  sample: string,
  hints: LayoutHints,
): { readonly layout: Layout; readonly notes: readonly TableNote[] } {
  const notes: TableNote[] = [];
  const said = (text: string) => notes.push({ text });
  const comment = hints.comment ?? commentOf(sample);
  const skip = hints.skipRows ?? 0;
  const all = sample.split("\n");
  const lines = all.slice(skip).filter((line) => line.trim() !== "" && !(comment && line.startsWith(comment)));
  const text = lines.slice(0, SAMPLE_LINES).join("\n");
  const quote = hints.quote ?? quoteOf(text);
  const choice =
    hints.delimiter === undefined ? chooseDelimiter(text, quote) : { delimiter: hints.delimiter, first: 0 };
  const { delimiter } = choice;
  const skipped =
    hints.skipRows === undefined && hints.delimiter !== "fixed" ? preamble(text, delimiter, quote, choice.first) : 0;
  const skipRows = skipped > 0 ? placeOfLine(all, comment, skipped) : skip;
  if (skipped > 0) said(`the first ${skipRows} lines are no rows of the table and were left out.`);
  if (comment && hints.comment === undefined)
    said(`lines that begin with ${show(comment)} are comments and were left out.`);
  if (quote === "'" && hints.quote === undefined) said("cells stand in single quotes.");
  const widths = delimiter === "fixed" ? (hints.widths ?? widthsOf(lines.slice(skipped))) : [];
  const before = delimiter.length === 1 ? delimiter.replace(/[|\\^$.*+?()[\]{}]/, "\\$&") : "";
  const hasBlanksBeforeQuotes =
    quote !== "" && before !== "" && new RegExp(`(?:^|${before})[ \\t]+${quote}`, "m").test(text);
  return { layout: { delimiter, quote, comment, skipRows, hasBlanksBeforeQuotes, widths }, notes };
}

/** What begins the first lines, when they have fewer cells than those that follow. */
function commentOf(sample: string): string {
  const lines = sample.split("\n", 3);
  const mark = /^(?:#|%(?!%)|\/\/)/.exec(lines[0])?.[0];
  if (!mark || sample.indexOf("\n") < 0) return "";
  const rest = sample.split("\n", SAMPLE_LINES).filter((line) => line !== "" && !line.startsWith(mark));
  const count = (line: string) => Math.max(...DELIMITERS.map((delimiter) => line.split(delimiter).length));
  // "#id,name" above rows of two cells is a header.
  return rest.length > 0 && count(lines[0]) === count(rest[0]) && count(rest[0]) > 1 ? "" : mark;
}

/** Single quotes, where many cells stand in them and none in double ones. */
function quoteOf(text: string): string {
  if (text.includes('"')) return '"';
  const single = text.match(/(?:^|[,;\t|])[ ]*'[^'\n]*'(?=[ ]*(?:[,;\t|]|$))/gm)?.length ?? 0;
  return single > 1 && single * 4 > text.split(/[\n,;\t|]/).length ? "'" : '"';
}

interface Candidate {
  readonly delimiter: string;
  /** The row from which on all have the same count of cells. */
  readonly first: number;
  readonly cells: number;
  /** The share of rows with the most usual count. */
  readonly share: number;
  /** The share of cells in which another delimiter stands. */
  readonly mixed: number;
}

function chooseDelimiter(text: string, quote: string): { readonly delimiter: string; readonly first: number } {
  const candidates = DELIMITERS.map((delimiter) => judge(delimiter, cutSample(text, { delimiter, quote })));
  const good = candidates.filter(({ cells, share }) => cells > 1 && share >= 0.9);
  good.sort((a, b) => Number(b.share === 1) - Number(a.share === 1) || a.mixed - b.mixed || b.cells - a.cells);
  const lines = text.split("\n").map(wordsOfLine);
  const words = judge("whitespace", lines);
  // Numbers with blanks between them are several, though a tab may stand elsewhere in the line.
  const areBlanks = good[0]?.delimiter === "\t" && /^ *[\d.+-]+(?: +[\d.+-]+)+ *\t/m.test(text);
  const isTable = words.cells > 1 && words.share === 1 && words.first === 0;
  if (good.length > 0 && !(areBlanks && isTable)) return good[0];
  if (isTable && hasNumbers(lines)) return words;
  // A header may have one name less: that of the column of the rows' names.
  const [header, ...rest] = lines;
  const below = judge("whitespace", rest);
  const isShort = header.length >= 2 && below.cells === header.length + 1 && below.share === 1;
  if (rest.length > 1 && isShort && hasNumbers(rest)) return { delimiter: "whitespace", first: 0 };
  if (widthsOf(text.split("\n")).length > 1) return { delimiter: "fixed", first: 0 };
  // Rows of different lengths: an error will name one.
  const some = candidates.filter(({ cells, share }) => cells > 1 && share > 0.5).sort((a, b) => b.share - a.share);
  return some[0] ?? oneRow(text, quote) ?? { delimiter: ",", first: 0 };
}

/** A header alone says its delimiter. */
function oneRow(text: string, quote: string): { readonly delimiter: string; readonly first: number } | undefined {
  const [header, ...others] = text.split("\n", 2);
  if (others.length > 0) return undefined;
  const counts = DELIMITERS.map((delimiter) => cutSample(header, { delimiter, quote })[0]?.length ?? 1);
  const most = Math.max(...counts);
  return most > 1 ? { delimiter: DELIMITERS[counts.indexOf(most)], first: 0 } : undefined;
}

function judge(delimiter: string, rows: readonly (readonly string[])[]): Candidate {
  const counts = new Map<number, number>();
  // Empty cells at the end of a line are none.
  const lengths = rows.map((row) => row.length);
  for (const length of lengths) counts.set(length, (counts.get(length) ?? 0) + 1);
  let [cells, most] = [1, 0];
  for (const [length, count] of counts)
    if (count > most || (count === most && length > cells)) [cells, most] = [length, count];
  const first = Math.min(lengths.indexOf(cells), MOST_SKIPPED);
  const table = rows.slice(Math.max(0, first));
  const share = table.length === 0 ? 0 : table.filter(({ length }) => length === cells).length / table.length;
  const flat = table.flat();
  const others = DELIMITERS.filter((other) => other !== delimiter);
  const isMixed = (cell: string) => others.some((other) => cell.includes(other)) && !isAmount(cell);
  return { delimiter, first, cells, share, mixed: flat.filter(isMixed).length / Math.max(1, flat.length) };
}

function isAmount(cell: string): boolean {
  const amount = splitAmount(cell.trim());
  return amount !== undefined && markEvidence(amount.digits) !== undefined;
}

/** Whether a column is all numbers below its first row. */
function hasNumbers(rows: readonly (readonly string[])[]): boolean {
  const below = rows.length > 1 ? rows.slice(1) : rows;
  const width = below[0]?.length ?? 0;
  return Array.from({ length: width }).some((_, column) => below.every((row) => isAmount(row[column] ?? "")));
}

/** Rows of one cell above those of several: a title, a source. */
function preamble(text: string, delimiter: string, quote: string, first: number): number {
  if (first <= 0 || delimiter === "whitespace" || delimiter === "fixed") return 0;
  const rows = cutSample(text, { delimiter, quote });
  const isTitle = (row: readonly string[]) => row.filter((cell) => cell.trim() !== "").length <= 1;
  return rows.length >= first + 2 && rows.slice(0, first).every(isTitle) ? first : 0;
}

/** How many lines of a file come before the row of this number. */
function placeOfLine(lines: readonly string[], comment: string, row: number): number {
  let left = row;
  for (const [i, line] of lines.entries()) {
    if (line.trim() === "" || (comment && line.startsWith(comment))) continue;
    if (left === 0) return i;
    left--;
  }
  return lines.length;
}

/** The widths of columns that stand below each other: places where every line has blanks, and one of them numbers beside it. */
function widthsOf(lines: readonly string[]): readonly number[] {
  const whole = lines.slice(0, SAMPLE_LINES).filter((line) => line.trim() !== "");
  if (whole.length < 3 || whole.some((line) => line.includes("\t"))) return [];
  const length = Math.max(...whole.map((line) => line.length));
  if (length > 10_000) return [];
  const starts = [0];
  for (let at = 1; at < length; at++) {
    const isBlank = (place: number) => whole.every((line) => (line[place] ?? " ") === " ");
    if (!isBlank(at) && isBlank(at - 1)) starts.push(at);
  }
  // What stands below one name is one column, with blanks in it.
  for (let i = starts.length - 1; i > 0; i--) {
    if (whole[0].slice(starts[i], starts[i + 1]).trim() === "") starts.splice(i, 1);
  }
  if (starts.length < 2 || whole.every((line) => line.slice(0, starts[1]).trim() === "")) return [];
  const widths = starts.map((start, i) => (starts[i + 1] ?? length) - start);
  const rows = whole.map((line) => starts.map((start, i) => line.slice(start, start + widths[i]).trim()));
  return hasNumbers(rows) ? widths : [];
}
