import type { Examples } from "../../src/ops/op";
import { allCandidates } from "../candidates";
import { isChosen, type Line, measureItem, showShare } from "../item";
import type { Effort } from "../measure";
import { peakContender } from "../peak";
import { ABSENT, percent, showNumber, showRate, showTime } from "../table";
import { singleThreaded } from "../variants";

/** What the bundle is made with, see bundle.ts. */
export interface Settings {
  /** What to measure when the address has no `?filter=`. */
  readonly filter: string;
  readonly effort: Effort;
  /** Whether somebody waits for the lines at /report. */
  readonly reports: boolean;
  /** Base64 of the program that the peak is measured with. */
  readonly peak: string;
}

/** What the page sends to /report. */
export type Report = { readonly lines: readonly Line[] } | { readonly error: string };

/** Measures and fills the table line by line. `modules` are those of src/ops. */
export async function start(modules: readonly object[], settings: Settings): Promise<void> {
  const send = (report: Report) => fetch("/report", { method: "POST", body: JSON.stringify(report) });
  try {
    const lines = await run(modules, settings);
    if (settings.reports) await send({ lines });
  } catch (error) {
    document.querySelector("#status")!.textContent = String(error);
    if (settings.reports) await send({ error: `${error}\n${(error as Error).stack}` });
  }
}

async function run(modules: readonly object[], { filter, effort, peak: binary }: Settings): Promise<Line[]> {
  const status = document.querySelector("#status")!;
  const examples = modules.flatMap((module) => (module as { examples?: Examples | Examples[] }).examples ?? []);
  const wanted = new URLSearchParams(location.search).get("filter") ?? filter;
  const one = await peakContender(Uint8Array.from(atob(binary), (letter) => letter.charCodeAt(0)));
  const lines: Line[] = [];
  for (const candidate of allCandidates(examples, singleThreaded).filter((candidate) => isChosen(candidate, wanted))) {
    status.textContent = `Measuring ${candidate.name} …`;
    // The page is drawn before the next measurement blocks it.
    await new Promise((resolve) => setTimeout(resolve, 50));
    const found = await measureItem(candidate, { one }, effort);
    lines.push(...found);
    for (const line of found) addRow(line);
  }
  status.textContent = "Done.";
  return lines;
}

function addRow(line: Line): void {
  const row = document.querySelector<HTMLTableSectionElement>("#lines")!.insertRow();
  const cells = [
    line.item,
    line.variant,
    showTime(line.nanoseconds),
    `±${percent(line.spread)}`,
    showRate(line.rate, line.unit),
    showShare(line),
    line.timesJs === undefined ? ABSENT : showNumber(line.timesJs),
  ];
  for (const words of cells) row.insertCell().textContent = words;
}
