// npm run bench:check [-- --update [--lower]]
// Compares ratios (of a variant to the readable kernels, of matrix products to the 128-bit peak) with those of
// baseline.json, and fails when one has lost more than 15 %. Ratios within a round hardly depend on how busy a machine
// is, but they do on its processor and on how V8 happened to optimise: the baseline is the least of several processes.
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
/** The same on another processor or engine than the baseline's, whose ratios differ for good reasons: only what fell out of its fast path shows. */
const TOLERANCE_ELSEWHERE = 0.5;
/** The first is for everything, the others for what seems to have lost. */
const efforts: readonly Effort[] = [
  { rounds: 5, turnMilliseconds: 2, warmUpMilliseconds: 50 },
  { rounds: 9, turnMilliseconds: 4, warmUpMilliseconds: 200 },
  { rounds: 15, turnMilliseconds: 8, warmUpMilliseconds: 500 },
];

const { values: options } = parseArgs({ options: { update: { type: "boolean" }, lower: { type: "boolean" } } });
const file = new URL("baseline.json", import.meta.url);
const peak = await peakContender(await compilePeak());

/** The ratios of a candidate's variants, by a name for both. */
async function ratiosOf(candidate: Candidate, effort: Effort): Promise<[name: string, ratio: number][]> {
  const lines = await measureItem(candidate, peak, effortFor(candidate.kind, effort));
  return lines
    .filter(({ variant }) => variant !== "js")
    .map((line) => [`${line.kind}: ${line.item}, ${line.variant}`, (line.timesJs ?? line.shareOfPeak)!]);
}

function readBaseline(): Baseline | undefined {
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined;
}

function isOfThisKind({ machine }: Baseline, { cpu, v8 }: Machine): boolean {
  return machine.cpu === cpu && machine.v8 === v8;
}

/** Writes ratios as the baseline of this machine; with `--lower` only those that are below what it has. */
function update(found: readonly [string, number][]): void {
  const machine = describeMachine();
  const before = readBaseline();
  const known = options.lower && before && isOfThisKind(before, machine) ? before.ratios : {};
  const ratios = found.map(([name, ratio]) => [name, Number(Math.min(ratio, known[name] ?? ratio).toPrecision(3))]);
  writeFileSync(file, `${JSON.stringify({ machine, ratios: Object.fromEntries(ratios) }, null, 2)}\n`);
  console.log(`baseline.json has ${ratios.length} ratios now.`);
}

/** What a candidate has lost each time that it was measured, with growing effort: a row a ratio. */
async function lossesOf(candidate: Candidate, { ratios }: Baseline, tolerance: number): Promise<string[][]> {
  const hasLost = ([name, ratio]: [string, number]) => ratio < (1 - tolerance) * ratios[name];
  let suspects: Set<string> | undefined;
  let lost: [string, number][] = [];
  for (const effort of efforts) {
    const found = await ratiosOf(candidate, effort);
    if (!suspects) for (const [name] of found) if (!(name in ratios)) console.log(`not in the baseline: ${name}`);
    lost = found.filter((entry) => hasLost(entry) && (suspects?.has(entry[0]) ?? true));
    suspects = new Set(lost.map(([name]) => name));
    if (lost.length === 0) break;
  }
  return lost.map(([name, ratio]) => [
    name,
    ratios[name].toPrecision(3),
    ratio.toPrecision(3),
    percent(ratio / ratios[name] - 1),
  ]);
}

const start = performance.now();
const candidates = allCandidates(await collectExamples(), singleThreaded);
if (options.update) {
  const found: [string, number][] = [];
  for (const candidate of candidates) found.push(...(await ratiosOf(candidate, efforts[1])));
  update(found);
} else {
  const baseline = readBaseline();
  if (!baseline) throw new Error("There is no bench/baseline.json. Run: npm run bench:check -- --update");
  const machine = describeMachine();
  const isHere = isOfThisKind(baseline, machine);
  const tolerance = isHere ? TOLERANCE : TOLERANCE_ELSEWHERE;
  console.log(`baseline: ${showMachine(baseline.machine)}`);
  if (!isHere) console.log(`this is another machine or engine: ${showMachine(machine)}`);
  const losses: string[][] = [];
  for (const candidate of candidates) losses.push(...(await lossesOf(candidate, baseline, tolerance)));
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  if (losses.length) {
    console.log(`${table(["what", "baseline", "now", "change"], losses)}\n`);
    console.log(`${losses.length} ratios lost more than ${percent(tolerance)}, ${seconds} s.`);
    process.exitCode = 1;
  } else console.log(`${candidates.length} measurements, none lost more than ${percent(tolerance)}, ${seconds} s.`);
}
