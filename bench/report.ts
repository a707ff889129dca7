import { mkdirSync, writeFileSync } from "node:fs";
import { type Bar, barChart, type Panel } from "./chart";
import { type Kind, type Line, showShare } from "./item";
import { type Machine, showMachine } from "./machine";
import { ABSENT, percent, showNumber, showRate, showTime, table } from "./table";

/** One row for each item and variant; the time of the readable kernels is a column of its own. */
export function linesTable(lines: readonly Line[]): string {
  const js = new Map(lines.filter(({ variant }) => variant === "js").map((line) => [line.item, line]));
  const rows = lines
    .filter(({ variant }) => variant !== "js")
    .map((line) => [
      line.item,
      line.variant,
      showTime(line.nanoseconds),
      `±${percent(line.spread)}`,
      showRate(line.rate, line.unit),
      showShare(line),
      js.has(line.item) ? showJsTime(js.get(line.item)!, line) : ABSENT,
      line.timesJs === undefined ? ABSENT : showNumber(line.timesJs),
      showTimesStrict(line),
    ]);
  return table(["what", "variant", "time", "spread", "rate", "share of peak", "js time", "× js", "× strict"], rows);
}

function showJsTime({ nanoseconds, rounds }: Line, beside: Line): string {
  return `${showTime(nanoseconds)}${rounds < beside.rounds ? ` (${rounds} rounds)` : ""}`;
}

function showTimesStrict({ timesStrict, timesOneCore }: Line): string {
  if (timesStrict === undefined) return ABSENT;
  // What a second core added to the peak says how much of it there was to be had.
  const limit = timesOneCore === undefined ? "" : `, two cores ${timesOneCore.toFixed(2)}`;
  return `${timesStrict.toFixed(2)}${limit}`;
}

const titles: Record<Kind, string> = {
  ops: "Operations: how many times faster than the same loops in JavaScript",
  gemm: "Matrix products: share of the 128-bit peak of one core",
  convolutions: "Convolutions: share of the 128-bit peak of one core",
  models: "Training through fit: how many times faster than the same loops in JavaScript",
  data: "What is done to data before training: samples a second on one thread",
};

function panelOf(kind: Kind, lines: readonly Line[]): Panel {
  // Two hundred bars would show nothing: those of operations are of one variant.
  const others = lines.filter(({ variant }) => (kind === "ops" ? variant === "strict" : variant !== "js"));
  const severalVariants = new Set(others.map(({ variant }) => variant)).size > 1;
  const bars = others.map((line): Bar => {
    const label = severalVariants ? `${line.item}, ${line.variant}` : line.item;
    const isMain = line.variant === "strict" || kind === "data";
    const rate = showRate(line.rate, line.unit);
    if (kind === "data") return { label, isMain, value: line.rate, text: rate };
    return kind === "gemm" || kind === "convolutions"
      ? { label, isMain, value: 100 * (line.shareOfPeak ?? 0), text: `${showShare(line)}, ${rate}` }
      : { label, isMain, value: line.timesJs ?? 1, text: `${showNumber(line.timesJs ?? 1)} ×, ${rate}` };
  });
  return { ...axes[kind], bars };
}

const comparison = { title: "The readable kernels in plain JavaScript are 1", unit: "times js", isLogarithmic: true };
const axes: Record<Kind, Omit<Panel, "bars">> = {
  ops: comparison,
  models: comparison,
  gemm: { title: "128-bit multiplications and additions", unit: "% of peak" },
  convolutions: { title: "128-bit multiplications and additions, as if none were saved", unit: "% of peak" },
  data: { title: "Bytes, batches of 128", unit: "samples/s" },
};

/** Writes `<name>.md` and `<name>.svg` into bench/results. */
export function writeResults(name: string, markdown: string, svg: string): void {
  const folder = new URL("results/", import.meta.url);
  mkdirSync(folder, { recursive: true });
  writeFileSync(new URL(`${name}.md`, folder), markdown);
  writeFileSync(new URL(`${name}.svg`, folder), svg);
}

/** The files of one kind, as `npm run bench` leaves them. */
export function writeKind(kind: Kind, lines: readonly Line[], machine: Machine, peak: number): void {
  const note = `${showMachine(machine)}. Peak ${peak.toFixed(1)} GFLOP/s.`;
  const markdown = `# ${titles[kind]}\n\nMade by \`npm run bench ${kind}\` on ${note}\n\n${linesTable(lines)}\n`;
  writeResults(kind, markdown, barChart(titles[kind], note, [panelOf(kind, lines)]));
}
