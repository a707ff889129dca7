import { ticksOf } from "../ticks";
import { tickLabel } from "../wording";
import { escaped, px } from "./markup";

/** An axis: where it begins and ends, and what it says. */
export interface Axis {
  readonly from: number;
  readonly to: number;
  /** Markup-free. */
  readonly label: string;
  readonly format?: (value: number) => string;
  readonly ticks?: readonly number[];
}

/** Where values come to stand. */
export interface Scales {
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
}

/** What is said where the pointer is: the place along x, and words. */
export type HoverStop = readonly [number, string];

/** A chart. */
export interface Chart {
  /** Unique in the page. */
  readonly id: string;
  /** Markup. */
  readonly title: string;
  /** What can be seen, for those who do not: markup-free, escaped. */
  readonly description: string;
  readonly x: Axis;
  readonly y: Axis;
  /** What is drawn, as SVG. */
  readonly draw: (scales: Scales) => string;
  /** A sentence beneath, as markup. */
  readonly note?: string;
  readonly hover?: readonly HoverStop[];
  /** Of width; the default is 3 / 4. */
  readonly height?: number;
}

export const WIDTH = 344;
const [RIGHT, TOP, BOTTOM] = [24, 22, 40];
/** Left of the y axis, at least, and of a character of its labels, which are numbers of 12 pixels. */
const [LEFT, CHARACTER] = [48, 7.2];

/** A figure with axes that end at round values and a description. */
export function chartHtml({ id, title, description, x, y, draw, note, hover, height = 264 }: Chart): string {
  const ticksOfY = y.ticks ?? ticksOf(y.from, y.to);
  const left = Math.max(LEFT, Math.ceil(longest(y, ticksOfY)) + 8);
  const [width, bottom] = [WIDTH - RIGHT, height - BOTTOM];
  const scale = (axis: Axis, low: number, high: number) => (value: number) =>
    low + ((value - axis.from) / (axis.to - axis.from || 1)) * (high - low);
  const scales = { x: scale(x, left, width), y: scale(y, bottom, TOP) };
  const label = (axis: Axis, value: number) => escaped(wordsOf(axis, value));
  const ofX = fittingTicks(x, width - left).map((value) => {
    const at = px(scales.x(value));
    return `<path class="grid" d="M${at} ${TOP}V${bottom}"/><text x="${at}" y="${bottom + 17}" text-anchor="middle">${label(x, value)}</text>`;
  });
  const ofY = ticksOfY.map((value) => {
    const at = scales.y(value);
    return `<path class="grid" d="M${left} ${px(at)}H${width}"/><text x="${left - 6}" y="${px(at + 4)}" text-anchor="end">${label(y, value)}</text>`;
  });
  const names =
    `<text x="${px((left + width) / 2)}" y="${height - 6}" text-anchor="middle">${escaped(x.label)}</text>` +
    `<text x="4" y="12">${escaped(y.label)}</text>`;
  const stops = hover && JSON.stringify(hover.map(([at, words]) => [Number(px(scales.x(at))), words]));
  const cursor = hover ? `<path class="cursor" d="M0 ${TOP}V${bottom}" visibility="hidden"/>` : "";
  const output = hover ? '<output class="said" aria-live="polite"></output>' : "";
  return (
    `<figure><figcaption id="${id}-title">${title}</figcaption>` +
    `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="${id}-title ${id}-description"${stops ? ` data-hover="${escaped(stops)}"` : ""}>` +
    `<desc id="${id}-description">${description}</desc>${ofX.join("")}${ofY.join("")}${names}${draw(scales)}${cursor}</svg>` +
    `${note ? `<p class="note">${note}</p>` : ""}${output}</figure>`
  );
}

const wordsOf = ({ format = tickLabel }: Axis, value: number): string => format(value);

/** Pixels that the longest label takes, nearly. */
const longest = (axis: Axis, ticks: readonly number[]): number =>
  CHARACTER * Math.max(0, ...ticks.map((value) => wordsOf(axis, value).length));

/** Round values whose labels stand beside each other without touching, as many as there is room for. */
function fittingTicks(axis: Axis, width: number): readonly number[] {
  if (axis.ticks) return axis.ticks;
  for (let about = 5; about > 1; about--) {
    const ticks = ticksOf(axis.from, axis.to, about);
    const apart = ((ticks[1] - ticks[0]) / (axis.to - axis.from)) * width;
    if (ticks.length < 2 || longest(axis, ticks) + CHARACTER <= apart) return ticks;
  }
  return ticksOf(axis.from, axis.to, 1);
}

/** A line through points. */
export function line(points: readonly (readonly [number, number])[], { x, y }: Scales): string {
  return points.map(([u, v], i) => `${i === 0 ? "M" : "L"}${px(x(u))} ${px(y(v))}`).join("");
}

/** Points as the round ends of strokes without length: one element for all. */
export function dots(points: readonly (readonly [number, number])[], { x, y }: Scales): string {
  return points.map(([u, v]) => `M${px(x(u))} ${px(y(v))}h0`).join("");
}

/** Names of lines beneath each other, each behind a piece of its line. */
export function keys(
  all: readonly { readonly className: string; readonly text: string }[],
  left: number,
  top: number,
): string {
  return all
    .map(({ className, text }, i) => {
      const y = top + 16 * i;
      return `<path class="line ${className}" d="M${left} ${y - 4}h16"/><text class="key" x="${left + 21}" y="${y}">${text}</text>`;
    })
    .join("");
}
