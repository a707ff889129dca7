/** A bar with its label to the left and its value in words to the right. */
export interface Bar {
  readonly label: string;
  readonly value: number;
  readonly text: string;
  /** The ones the chart is about. */
  readonly isMain?: boolean;
}

/** Bars on an axis of their own. */
export interface Panel {
  readonly title: string;
  /** What the axis counts. */
  readonly unit: string;
  readonly bars: readonly Bar[];
  /** Powers of ten at equal distances; bars then begin at 1. */
  readonly isLogarithmic?: boolean;
}

export const WIDTH = 800;
/** Pixels of a letter of a label, on average. */
const LETTER = 7;
const RIGHT = 140;
const ROW = 20;
const BAR = 12;

/** Colours follow the reader's light or dark mode. */
const STYLE = `
  .page { fill: #ffffff } text { font: 12px system-ui, sans-serif; fill: #24292f }
  .title { font-size: 16px; font-weight: 600 } .panel { font-weight: 600 }
  .note, .tick { fill: #57606a; font-size: 11px } .label { text-anchor: end } .tick { text-anchor: middle }
  .grid { stroke: #d0d7de } .bar { fill: #8c959f } .main { fill: #0969da }
  .line { fill: none; stroke: #8c959f; stroke-width: 2; stroke-dasharray: 5 4 } .mainLine { fill: none; stroke: #0969da; stroke-width: 2 }
  @media (prefers-color-scheme: dark) {
    .page { fill: #0d1117 } text { fill: #e6edf3 } .note, .tick { fill: #9198a1 }
    .grid { stroke: #3d444d } .bar { fill: #656c76 } .main { fill: #4493f8 }
    .line { stroke: #656c76 } .mainLine { stroke: #4493f8 }
  }`;

/** A horizontal bar chart as a file: panels below each other. */
export function barChart(title: string, note: string, panels: readonly Panel[]): string {
  const labels = panels.flatMap(({ bars }) => bars.map(({ label }) => label.length));
  const left = 30 + LETTER * Math.max(...labels);
  let y = 64;
  const drawn: string[] = [];
  for (const panel of panels) {
    drawn.push(drawPanel(panel, y, left));
    y += 20 + ROW * panel.bars.length + 38;
  }
  return drawPage(title, note, y, drawn);
}

/** A picture as a file: title, note, and what is drawn below. */
export function drawPage(title: string, note: string, height: number, drawn: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">`,
    `<title>${escapeXml(title)}</title>`,
    `<style>${STYLE}\n</style>`,
    `<rect class="page" width="${WIDTH}" height="${height}"/>`,
    text(20, 26, title, "title"),
    text(20, 44, note, "note"),
    ...drawn,
    "</svg>\n",
  ].join("\n");
}

function drawPanel({ title, unit, bars, isLogarithmic = false }: Panel, top: number, left: number): string {
  const { ticks, position } = isLogarithmic ? logarithmicAxis(bars) : linearAxis(bars);
  const first = top + 20;
  const bottom = first + ROW * bars.length;
  const x = (value: number) => left + position(value) * (WIDTH - left - RIGHT);
  const grid = ticks.map((tick) => {
    const at = x(tick).toFixed(1);
    return `<line class="grid" x1="${at}" x2="${at}" y1="${first}" y2="${bottom}"/>${text(x(tick), bottom + 14, shorten(tick), "tick")}`;
  });
  const origin = x(isLogarithmic ? 1 : 0);
  const rows = bars.map(({ label, value, text: words, isMain }, i) => {
    const y = first + ROW * i + (ROW - BAR) / 2;
    const end = x(value);
    const [from, to] = [Math.min(origin, end), Math.max(origin, end)];
    const shape = `<rect class="${isMain ? "main" : "bar"}" x="${from.toFixed(1)}" y="${y}" width="${Math.max(1, to - from).toFixed(1)}" height="${BAR}" rx="2"/>`;
    return text(left - 8, y + 10, label, "label") + shape + text(to + 6, y + 10, words);
  });
  const unitText = text(WIDTH - RIGHT + 40, bottom + 14, unit, "note");
  return [text(20, top + 8, title, "panel"), ...grid, ...rows, unitText].join("\n");
}

interface Axis {
  readonly ticks: readonly number[];
  /** From 0 at the left end to 1 at the right end. */
  readonly position: (value: number) => number;
}

/** From 0 to the largest value, with four to eight ticks at 1, 2 or 5 times a power of ten. */
function linearAxis(bars: readonly Bar[]): Axis {
  const end = Math.max(...bars.map(({ value }) => value));
  const power = 10 ** Math.floor(Math.log10(end / 4));
  const step = [5, 2, 1].map((factor) => factor * power).find((candidate) => end / candidate >= 3.5)!;
  const ticks = Array.from({ length: Math.floor(end / step) + 1 }, (_, i) => i * step);
  return { ticks, position: (value) => value / end };
}

/** Over whole powers of ten, 1 among them. */
function logarithmicAxis(bars: readonly Bar[]): Axis {
  const logarithms = [0, ...bars.map(({ value }) => Math.log10(value))];
  const first = Math.floor(Math.min(...logarithms));
  const last = Math.max(first + 1, Math.ceil(Math.max(...logarithms)));
  const ticks = Array.from({ length: last - first + 1 }, (_, i) => 10 ** (first + i));
  return { ticks, position: (value) => (Math.log10(value) - first) / (last - first) };
}

export function text(x: number, y: number, words: string, kind = "value"): string {
  return `<text class="${kind}" x="${x.toFixed(1)}" y="${y}">${escapeXml(words)}</text>`;
}

function escapeXml(words: string): string {
  return words.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

/** Three digits and the letter of the thousands. */
export function shorten(value: number): string {
  const [factor, letter] = value >= 1e6 ? [1e6, "M"] : value >= 1e3 ? [1e3, "k"] : [1, ""];
  return `${Number((value / factor).toPrecision(3))}${letter}`;
}
