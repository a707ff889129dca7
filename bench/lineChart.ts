import { drawPage, shorten, text, WIDTH } from "./chart";

export interface Curve {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Measured: with a dot for each point. Others are models, and dashed. */
  readonly isMain?: boolean;
}

/** Curves over the same axes, both in powers of ten or two. */
export interface CurvePanel {
  readonly title: string;
  /** What the axes count. */
  readonly across: string;
  readonly up: string;
  readonly curves: readonly Curve[];
}

const LEFT = 80;
const RIGHT = 160;
const HEIGHT = 180;

/** Panels below each other, as a file. */
export function lineChart(title: string, note: string, panels: readonly CurvePanel[]): string {
  const drawn = panels.map((panel, i) => drawPanel(panel, 64 + i * (HEIGHT + 66)));
  return drawPage(title, note, 64 + panels.length * (HEIGHT + 66), drawn);
}

function drawPanel({ title, across, up, curves }: CurvePanel, top: number): string {
  const points = curves.flatMap((curve) => curve.points);
  const first = top + 20;
  const bottom = first + HEIGHT;
  const xs = [...new Set(curves[0].points.map(([x]) => x))];
  const x = position(xs, LEFT, WIDTH - RIGHT);
  const decades = powersAround(points.map(([, value]) => value));
  const y = position(decades, bottom, first);
  const grid = decades.map((tick) => {
    const at = y(tick).toFixed(1);
    const line = `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at}" y2="${at}"/>`;
    return line + text(LEFT - 8, y(tick) + 4, shorten(tick), "label");
  });
  const ticks = xs.map((tick) => text(x(tick), bottom + 14, shorten(tick), "tick"));
  const lines = curves.map(({ name, points, isMain }) => {
    const path = points.map(([a, b], i) => `${i ? "L" : "M"}${x(a).toFixed(1)} ${y(b).toFixed(1)}`).join("");
    const dots = points.map(([a, b]) => `<circle class="main" cx="${x(a).toFixed(1)}" cy="${y(b).toFixed(1)}" r="3"/>`);
    const [endX, endY] = points[points.length - 1];
    const label = text(x(endX) + 8, y(endY) + (isMain ? 10 : -2), name, isMain ? "value" : "note");
    return `<path class="${isMain ? "mainLine" : "line"}" d="${path}"/>${isMain ? dots.join("") : ""}${label}`;
  });
  const units = text(WIDTH - RIGHT + 8, bottom + 14, across, "note");
  return [text(20, top + 8, `${title}, ${up}`, "panel"), ...grid, ...ticks, units, ...lines].join("\n");
}

/** Values to pixels at equal distances for equal ratios. */
function position(values: readonly number[], from: number, to: number): (value: number) => number {
  const [low, high] = [Math.log(Math.min(...values)), Math.log(Math.max(...values))];
  return (value) => from + ((Math.log(value) - low) / (high - low || 1)) * (to - from);
}

/** The powers of ten that enclose some values. */
function powersAround(values: readonly number[]): number[] {
  const low = Math.floor(Math.log10(Math.min(...values)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values))));
  return Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i));
}
