import { shorten } from "./chart";

/** A table in Markdown, numbers to the right. Columns are padded, so that it reads well in a terminal, too. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i].length)));
  const isText = (column: number) => rows.some((row) => /^[a-z]/i.test(row[column]));
  const cell = (words: string, i: number) => (isText(i) ? words.padEnd(widths[i]) : words.padStart(widths[i]));
  const join = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const rule = widths.map((width, i) => (isText(i) ? "-".repeat(width) : `${"-".repeat(width - 1)}:`));
  return [head.map(cell), rule, ...rows.map((row) => row.map(cell))].map(join).join("\n");
}

/** What stands in a cell that has nothing to say. */
export const ABSENT = "–";

export function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}

/** At least three digits, and never powers of ten. */
export function showNumber(value: number): string {
  return value < 1000 ? value.toPrecision(3) : value.toFixed(0);
}

/** Times under a microsecond in nanoseconds, then microseconds, milliseconds. */
export function showTime(nanoseconds: number): string {
  const [factor, unit] = nanoseconds < 1e3 ? [1, "ns"] : nanoseconds < 1e6 ? [1e3, "µs"] : [1e6, "ms"];
  return `${showNumber(nanoseconds / factor)} ${unit}`;
}

export function showRate(rate: number, unit: string): string {
  return `${shorten(rate)} ${unit}`;
}
