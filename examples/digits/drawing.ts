import type { Tensor } from "wasmgrad";

/** From blank to full. A character is as high as two pixels and as wide as one. */
const SHADES = " ░▒▓█";

/** Blank columns between pictures. */
const GAP = 3;

/** A gray image uint8 [height, width] as lines of text, two rows of pixels in each. */
export function drawImage(pixels: Uint8Array, width: number): string[] {
  const lines: string[] = [];
  for (let top = 0; top < pixels.length; top += 2 * width) {
    const shades = Array.from({ length: width }, (_, column) => {
      const upper = pixels[top + column];
      const lower = pixels[top + width + column] ?? upper;
      return SHADES[Math.round(((upper + lower) / 2 / 255) * (SHADES.length - 1))];
    });
    lines.push(shades.join(""));
  }
  return lines;
}

/** Pictures of the same height side by side, as many as fit into the columns, in as many rows as that takes. */
export function sideBySide(pictures: readonly (readonly string[])[], columns: number): string[] {
  const width = Math.max(...pictures.flatMap((lines) => lines.map((line) => line.length)));
  const perRow = Math.max(1, Math.floor((columns + GAP) / (width + GAP)));
  const lines: string[] = [];
  for (let first = 0; first < pictures.length; first += perRow) {
    const row = pictures.slice(first, first + perRow);
    if (first > 0) lines.push("");
    for (let i = 0; i < row[0].length; i++) {
      const cells = row.map((picture) => picture[i].padEnd(width));
      lines.push(cells.join(" ".repeat(GAP)).trimEnd());
    }
  }
  return lines;
}

/**
 * A confusion matrix as a table: a row a true class, a column a predicted one, and the share of each class that was
 * recognised. Zeros are dots.
 *
 * @param matrix [classes, classes], counts
 */
export function drawConfusion({ data, shape }: Tensor, classes: readonly string[]): string[] {
  const count = shape[0];
  const names = classes.map((name, label) => (name === String(label) ? name : `${label} ${name}`));
  const nameWidth = Math.max("true".length, ...names.map((name) => name.length));
  const cellWidth = Math.max(4, String(Math.max(...data)).length) + 1;
  const cells = (texts: readonly string[]) => texts.map((text) => text.padStart(cellWidth)).join("");
  const labels = Array.from({ length: count }, (_, label) => String(label));
  const title = "predicted".padStart(nameWidth + cellWidth - 1 + "predicted".length);
  const lines = [title, `${"true".padEnd(nameWidth)}${cells(labels)}   found`];
  for (let label = 0; label < count; label++) {
    const row = Array.from(data.subarray(label * count, (label + 1) * count));
    const total = row.reduce((sum, value) => sum + value, 0);
    const found = total === 0 ? "" : `${((100 * row[label]) / total).toFixed(1)} %`;
    const numbers = cells(row.map((value) => (value === 0 ? "·" : String(value))));
    lines.push(`${names[label].padEnd(nameWidth)}${numbers}${found.padStart(10)}`.trimEnd());
  }
  return lines;
}
