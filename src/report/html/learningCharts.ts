import type { LearningSeries, ReportData } from "../reportData";
import { niceRange } from "../ticks";
import { clean, count, number } from "../wording";
import { chartHtml, line, type Scales } from "./chart";
import { escaped, nameHtml, px } from "./markup";

/** Charts, at most. */
const CHARTS = 6;
/** Points of a line, at most. */
const POINTS = 300;

type Learning = NonNullable<ReportData["learning"]>;
type Point = readonly [number, number];

/** A chart for each number that was measured, of training and of validation. */
export function learningHtml({ epoch, series }: Learning): string {
  const names = new Set(series.map(({ name }) => name));
  const isValidation = (name: string) => /^val[A-Z]/.test(name) && names.has(name[3].toLowerCase() + name.slice(4));
  const measures = series.filter(({ name }) => !isValidation(name)).slice(0, CHARTS);
  const validation = (name: string) =>
    series.find((one) => one.name === `val${name.slice(0, 1).toUpperCase()}${name.slice(1)}`);
  return measures.map((one, i) => curveHtml(epoch, one, validation(one.name), `learning-${i}`)).join("");
}

function curveHtml(
  epoch: readonly number[],
  training: LearningSeries,
  validation: LearningSeries | undefined,
  id: string,
): string {
  const lines = [
    { text: "training", className: "c0", points: pointsOf(epoch, training) },
    ...(validation ? [{ text: "validation", className: "c1", points: pointsOf(epoch, validation) }] : []),
  ].filter(({ points }) => points.length > 0);
  const name = clean(training.name);
  if (lines.length === 0)
    return `<figure><figcaption>${nameHtml(name)}</figcaption><p class="note">No finite number was measured.</p></figure>`;
  const values = lines.flatMap(({ points }) => points.map(([, value]) => value));
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const isShare = low >= 0 && high <= 1 && /accuracy|auc|precision|recall|f1/i.test(name);
  // Losses begin at 0, shares end at 1.
  const [from, to] = isShare ? niceRange(Math.min(low, 0.9), 1) : niceRange(low >= 0 ? 0 : low, high);
  const epochs = epoch.map((one) => one + 1);
  const [first, last] = [epochs[0], Math.max(epochs[0] + 1, epochs[epochs.length - 1])];
  const best = isShare ? high : low;
  return chartHtml({
    id,
    title: nameHtml(name),
    description: lines
      .map(({ text, points }) => `${text} from ${number(points[0][1])} to ${number(points[points.length - 1][1])}`)
      .join("; "),
    x: {
      from: first === 1 && last > 20 ? 0 : first,
      to: last,
      label: "Epoch",
      ...(last - first < 6 ? { ticks: epochs } : {}),
    },
    y: { from, to, label: "" },
    note: `${isShare ? "Most" : "Least"}: ${number(best)}. ${epoch.length > POINTS ? `${count(POINTS)} of ${count(epoch.length)} epochs are drawn.` : ""}`,
    hover: thin(
      epochs.map((_, i) => i),
      100,
    ).map((i) => [
      epochs[i],
      `epoch ${epochs[i]}: training ${number(training.values[i])}${validation ? `, validation ${number(validation.values[i])}` : ""}`,
    ]),
    draw: (scales) =>
      lines.map(({ className, points }) => `<path class="line ${className}" d="${line(points, scales)}"/>`).join("") +
      labels(lines, scales),
  });
}

/** The names above the ends of the lines, apart from each other. */
function labels(lines: readonly { text: string; points: readonly Point[] }[], { x, y }: Scales): string {
  const ends = lines
    .map(({ text, points }) => ({ text, at: points[points.length - 1] }))
    .sort((a, b) => b.at[1] - a.at[1]);
  return ends
    .map(({ text, at }, i) => {
      // The upper line is named above itself, the lower one beneath, where there is room.
      const place =
        i === 0 || y(at[1]) > y(0) - 20
          ? y(at[1]) - 7 - (i === 0 ? 14 * (ends.length > 1 && y(at[1]) > 190 ? 1 : 0) : 0)
          : y(at[1]) + 16;
      return `<text class="key" x="${px(x(at[0]))}" y="${px(place)}" text-anchor="end">${escaped(text)}</text>`;
    })
    .join("");
}

function pointsOf(epoch: readonly number[], { values }: LearningSeries): Point[] {
  const known = epoch.flatMap((one, i): Point[] => (values[i] === null ? [] : [[one + 1, values[i]]]));
  return thin(known, POINTS);
}

/** Evenly spaced ones, the first and the last among them. */
function thin<T>(all: readonly T[], most: number): T[] {
  if (all.length <= most) return [...all];
  return Array.from({ length: most }, (_, i) => all[Math.round((i * (all.length - 1)) / (most - 1))]);
}
