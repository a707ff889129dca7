/** A column of a table of text. */
export interface TextColumn {
  readonly title: string;
  readonly cells: readonly string[];
  /** Whether it stands to the right, as numbers do. */
  readonly isNumber?: boolean;
  /** Whether it may be cut, and in the end left out, where there is no room. */
  readonly canShrink?: boolean;
}

const GAP = 2;
/** Characters that a column is cut to, at least. */
const NARROWEST = 6;

/** Lines of columns side by side, none longer than `width` where columns may shrink: the widest first, then those on the right go. */
export function textTable(columns: readonly TextColumn[], width: number): string[] {
  const shown = columns.map((column) => ({
    ...column,
    width: Math.max(...[column.title, ...column.cells].map((cell) => cell.length)),
  }));
  const total = () => shown.reduce((sum, column) => sum + column.width + GAP, -GAP);
  while (total() > width) {
    const shrinking = shown.filter((column) => column.canShrink && column.width > NARROWEST);
    const widest = Math.max(...shrinking.map((column) => column.width));
    const column = shrinking.find((one) => one.width === widest);
    if (column) {
      column.width--;
      continue;
    }
    const last = shown.findLastIndex((one) => one.canShrink);
    if (last < 0) break;
    shown.splice(last, 1);
  }
  const line = (cellOf: (column: TextColumn) => string) =>
    shown
      .map((column) => {
        const cell = cut(cellOf(column), column.width);
        return column.isNumber ? cell.padStart(column.width) : cell.padEnd(column.width);
      })
      .join(" ".repeat(GAP))
      .trimEnd();
  const count = columns[0]?.cells.length ?? 0;
  return [line(({ title }) => title), ...Array.from({ length: count }, (_, row) => line(({ cells }) => cells[row]))];
}

const cut = (text: string, width: number): string => (text.length <= width ? text : `${text.slice(0, width - 1)}…`);

/** Four digits, or as many as a whole number has. */
export function shortNumber(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
}

/** Seconds in one decimal. */
export const shortSeconds = (seconds: number): string => seconds.toFixed(1);
