import type { Reversal } from "./reverse";

const SHADES = " ░▒▓█";

/** One picture: the word across, the letters written downwards, the darker the more was looked at. */
function drawOne({ word, written, scores }: Reversal): string[] {
  const rows = scores.map((row, place) => {
    const cells = row.map((score) => SHADES[Math.min(SHADES.length - 1, Math.floor(score * SHADES.length))].repeat(2));
    return `${written[place]} ${cells.join("")}`;
  });
  return [`  ${[...word].join(" ")} `, ...rows];
}

/** Pictures beside each other, as many as there is room for in a terminal. */
export function drawScores(reversals: readonly Reversal[], columns: number): string {
  const bands: string[][][] = [];
  let used = Number.POSITIVE_INFINITY;
  for (const picture of reversals.map(drawOne)) {
    const width = picture[0].length + 4;
    if (used + width > columns + 4) {
      bands.push([]);
      used = 0;
    }
    bands[bands.length - 1].push(picture);
    used += width;
  }
  const drawBand = (pictures: readonly string[][]) => {
    const height = Math.max(...pictures.map(({ length }) => length));
    return Array.from({ length: height }, (_, line) => {
      const parts = pictures.map((picture) => (picture[line] ?? "").padEnd(picture[0].length));
      return parts.join("    ").trimEnd();
    }).join("\n");
  };
  return bands.map(drawBand).join("\n\n");
}
