// npm run bench:check [-- --update]
// Compares ratios (of a variant to the readable kernels, of matrix products to the 128-bit peak) with those of
// baseline.json, and fails when one has lost more than 15 %. Ratios within a round hardly depend on how busy a machine
// is, but they do on its processor: on another than the baseline's, look before you believe.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { collectExamples } from "../tests/ops/harness";
import { allCandidates, effortFor } from "./candidates";
import { compilePeak } from "./compilePeak";
import { type Candidate, measureItem } from "./item";
import { describeMachine, type Machine, showMachine } from "./machine";
import type { Effort } from "./measure";
import { peakContender } from "./peak";
import { percent, table } from "./table";
import { singleThreaded } from "./variants";

interface Baseline {
  readonly machine: Machine;
  readonly ratios: Readonly<Record<string, number>>;
}

/** Share of a ratio that may be lost. */
const TOLERANCE = 0.15;
const first: Effort = { rounds: 5, turnMilliseconds: 2, warmUpMilliseconds: 50 };
/** For those that seem to have lost. */
const again: Effort = { rounds: 9, turnMilliseconds: 4, warmUpMilliseconds: 200 };

const { values: options } = parseArgs({ options: { update: { type: "boolean" } } });
const file = new URL("baseline.json", import.meta.url);
const peak = await peakContender(await compilePeak());

/** The ratios of a candidate's variants, by a name for both. */
async function ratiosOf(candidate: Candidate, effort: Effort): Promise<[name: string, ratio: number][]> {
  const lines = await measureItem(candidate, peak, effortFor(candidate.kind, effort));
  return lines
    .filter(({ variant }) => variant !== "js")
    .map((line) => [`${line.kind}: ${line.item}, ${line.variant}`, (line.timesJs ?? line.shareOfPeak)!]);
}

function update(ratios: Baseline["ratios"]): void {
  const rounded = Object.entries(ratios).map(([name, ratio]) => [name, Number(ratio.toPrecision(3))]);
  const baseline = { machine: describeMachine(), ratios: Object.fromEntries(rounded) };
  writeFileSync(file, `${JSON.stringify(baseline, null, 2)}\n`);
  console.log(`baseline.json has ${rounded.length} ratios now.`);
}

/** Measures what has lost once more, and returns what has lost both times. */
async function findLosses(candidates: readonly Candidate[], { ratios }: Baseline): Promise<string[][]> {
  const losses: string[][] = [];
  const hasLost = ([name, ratio]: [string, number]) => ratio < (1 - TOLERANCE) * ratios[name];
  for (const candidate of candidates) {
    const found = await ratiosOf(candidate, first);
    for (const [name] of found) if (!(name in ratios)) console.log(`not in the baseline: ${name}`);
    if (!found.some(hasLost)) continue;
    for (const [name, ratio] of (await ratiosOf(candidate, again)).filter(hasLost)) {
      losses.push([name, ratios[name].toPrecision(3), ratio.toPrecision(3), percent(ratio / ratios[name] - 1)]);
    }
  }
  return losses;
}

const start = performance.now();
const candidates = allCandidates(await collectExamples(), singleThreaded);
if (options.update) {
  const ratios: [string, number][] = [];
  for (const candidate of candidates) ratios.push(...(await ratiosOf(candidate, again)));
  update(Object.fromEntries(ratios));
} else {
  if (!existsSync(file)) throw new Error("There is no bench/baseline.json. Run: npm run bench:check -- --update");
  const baseline: Baseline = JSON.parse(readFileSync(file, "utf8"));
  const machine = describeMachine();
  if (machine.cpu !== baseline.machine.cpu || machine.v8 !== baseline.machine.v8) {
    console.log(`The baseline is of another machine or engine.\n  it:   ${showMachine(baseline.machine)}`);
    console.log(`  this: ${showMachine(machine)}`);
  }
  const losses = await findLosses(candidates, baseline);
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  if (losses.length) {
    console.log(`${table(["what", "baseline", "now", "change"], losses)}\n`);
    console.log(`${losses.length} ratios lost more than ${percent(TOLERANCE)}, ${seconds} s.`);
    process.exitCode = 1;
  } else console.log(`${candidates.length} measurements, none lost more than ${percent(TOLERANCE)}, ${seconds} s.`);
}
