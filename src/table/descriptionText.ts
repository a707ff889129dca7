import { ArgumentError } from "../errors";
import { integer } from "../options";
import type { ColumnDescription, TableDescription } from "./describe";
import type { TextLayout } from "./notes";

const SHOWN_COLUMNS = 100;

/** A description as lines of at most `width` characters. */
export function descriptionText(description: Omit<TableDescription, "toString">, width = 80): string {
  integer("describe", "width", width, { min: 40 });
  if (width < 40) throw new ArgumentError("describe: width must be 40 or more.");
  const { rowCount, columns, layout, notes, firstRows } = description;
  const shown = columns.slice(0, SHOWN_COLUMNS);
  const lines = [
    `${counted(rowCount, "row")}, ${counted(columns.length, "column")}${layout ? ` (${layoutText(layout)})` : ""}`,
    "",
  ];
  const rows = shown.map(columnCells);
  lines.push(...grid([["column", "type", "gaps", "values"], ...rows], width));
  if (columns.length > shown.length) lines.push(`… and ${columns.length - shown.length} more columns`);
  const reasons = shown.filter(({ why }) => why && why !== "all are numbers").map(({ name, why }) => `${name}: ${why}`);
  if (reasons.length > 0) lines.push("", "Decided:", ...reasons.flatMap((one) => wrapped(one, width)));
  if (notes.length > 0) lines.push("", "Notes:", ...notes.flatMap(({ text }) => wrapped(text, width)));
  if (firstRows.length > 0) {
    const names = shown.map(({ name }) => name);
    const cells = firstRows.map((row) => names.map((name) => valueText(row[name])));
    lines.push("", "First rows:", ...fitting([names, ...cells], width));
  }
  return lines.map((line) => cut(line, width)).join("\n");
}

const counted = (count: number, noun: string) => `${count} ${noun}${count === 1 ? "" : "s"}`;

function layoutText({ format, delimiter, header, encoding, comment, skipRows }: TextLayout): string {
  const names: Record<string, string> = {
    ",": "commas",
    ";": "semicolons",
    "\t": "tabs",
    "|": "pipes",
    whitespace: "blanks",
    fixed: "fixed width",
  };
  const parts = [
    format === "json" ? "JSON" : `${names[delimiter!] ?? `delimiter ${JSON.stringify(delimiter)}`}`,
    header === false ? "no header" : "",
    encoding && encoding !== "utf-8" ? encoding : "",
    comment ? `comments ${comment}` : "",
    skipRows ? `${counted(skipRows, "line")} skipped` : "",
  ];
  return parts.filter(Boolean).join(", ");
}

function columnCells({ name, type, role, unit, gaps, distinct, min, max, words }: ColumnDescription): string[] {
  const mark = role === "target" ? " (target)" : "";
  const range = min === undefined ? "" : `${valueText(min)} … ${valueText(max)}${unit ? ` ${unit}` : ""}`;
  const most = words
    ?.map(({ word, count }) => (type === "category" || type === "boolean" ? `${word} (${count})` : word))
    .join(", ");
  const text = most === undefined ? range : `${distinct}: ${most}`;
  return [`${name}${mark}`, type, gaps === 0 ? "" : String(gaps), text];
}

/** A value in few characters. */
export function valueText(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (value instanceof Date) return dayText(value.toISOString());
  if (typeof value === "number") return String(Number(value.toPrecision(6)));
  return typeof value === "string" && /^\d{4}-\d\d-\d\dT/.test(value)
    ? dayText(value)
    : String(value).replace(/\s+/g, " ");
}

const dayText = (iso: string) => iso.replace("T00:00:00.000Z", "").replace(/\.000Z$/, "Z");

/** Cells below each other; what is too long for the lines is cut. */
function grid(rows: readonly (readonly string[])[], width: number): string[] {
  const limits = [Math.floor(width * 0.35), 12, 8, width];
  const widths = limits.map((limit, i) => Math.min(limit, Math.max(...rows.map((row) => lengthOf(row[i])))));
  return rows.map((row) =>
    row
      .map((cell, i) => padded(cut(cell, widths[i]), widths[i]))
      .join("  ")
      .trimEnd(),
  );
}

/** As many columns as there is room for. */
function fitting(rows: readonly (readonly string[])[], width: number): string[] {
  const widths: number[] = [];
  let total = 0;
  for (let i = 0; i < rows[0].length; i++) {
    const wide = Math.min(24, Math.max(...rows.map((row) => lengthOf(row[i]))));
    if (total + wide > width - 2) break;
    widths.push(wide);
    total += wide + 2;
  }
  const rest = rows[0].length > widths.length ? "  …" : "";
  return rows.map(
    (row) =>
      widths
        .map((wide, i) => padded(cut(row[i], wide), wide))
        .join("  ")
        .trimEnd() + rest,
  );
}

const lengthOf = (text: string) => [...text].length;
const padded = (text: string, width: number) => text + " ".repeat(Math.max(0, width - lengthOf(text)));
const cut = (text: string, width: number) =>
  lengthOf(text) <= width ? text : `${[...text].slice(0, width - 1).join("")}…`;

/** Lines broken between words, the second and all further ones indented. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = " ";
  for (const word of text.split(/\s+/)) {
    if (lengthOf(line) + 1 + lengthOf(word) > width && line.trim() !== "") {
      lines.push(line);
      line = "   ";
    }
    line += ` ${word}`;
  }
  return [...lines, line];
}
