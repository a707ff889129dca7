// npm run bench:check [-- --tolerance 0.1]
// npm run bench:check -- --update [--new] [--lower] [filter]
// Compares the speed of every item with that in baseline.json, and fails when one has lost more than 15 %, or is no longer
// measured; new ones wait for a baseline. Speeds are ratios to the 128-bit peak of the core, measured in the same rounds,
// which hardly depend on how busy a machine is. They are no ratios to the readable kernels: how fast those are depends on
// what V8 has seen and compiled in this process before (the same gelu took 14 and 28 times as long as the fast one).
// The baseline is the least of several processes. --update writes one: with a filter that of the items it means, with --new of
// those that have none yet, with --lower only what is below the one there is. All other lines stay as they are.
import { setTimeout } from "node:timers/promises";
import { parseArgs } from "node:util";
import { collectExamples } from "../tests/ops/harness";
import { allCandidates, effortFor } from "./candidates";
import { compilePeak } from "./compileLoop";
import { type Candidate, isChosen } from "./item";
import { type Baseline, isIn, readBaseline, writeBaseline } from "./baseline";
import { findLosses, type Loss, type Ratios, unmatched } from "./losses";
import { describeMachine, type Machine, showMachine } from "./machine";
import { type Effort, measure, medianRatio } from "./measure";
import { PEAK_FLOPS, peakContender } from "./peak";
import { percent, table } from "./table";
import { singleThreaded } from "./variants";

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
/** Attempts, and what they are apart: whoever shares the processor should have moved on. */
const ATTEMPTS = 20;
const PAUSE_MILLISECONDS = 20_000;

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    update: { type: "boolean" },
    new: { type: "boolean" },
    lower: { type: "boolean" },
    tolerance: { type: "string" },
  },
});
const [filter = ""] = positionals;
const peak = await peakContender(await compilePeak());
const found: Record<string, number> = {};

/**
 * What the variants of a candidate do in the time of one floating-point operation at the peak of the core: operations (a
 * share of the peak), or else bytes, steps or samples.
 */
async function ratiosOf({ kind, name, make }: Candidate, effort: Effort): Promise<Ratios> {
  const { contenders, flops, amount } = await make();
  const timings = await measure([...contenders, peak], effortFor(kind, effort));
  const atPeak = timings.find((timing) => timing.name === peak.name)!.rounds;
  const ratios = contenders.map((contender, i) => [
    `${kind}: ${name}, ${contender.name}`,
    ((flops ?? amount) / PEAK_FLOPS) * medianRatio(atPeak, timings[i].rounds),
  ]);
  return Object.fromEntries(ratios);
}

function isOfThisKind({ machine }: Baseline, { cpu, v8 }: Machine): boolean {
  return machine.cpu === cpu && machine.v8 === v8;
}

/** Writes ratios as the baseline of this machine; what was not measured stays, where it is from a machine of this kind. */
async function update(candidates: readonly Candidate[]): Promise<void> {
  const machine = describeMachine();
  const before = readBaseline();
  const here = before && isOfThisKind(before, machine) ? before : undefined;
  const chosen = candidates.filter(
    (candidate) => isChosen(candidate, filter) && !(options.new && here && isIn(here, candidate)),
  );
  for (const candidate of chosen) {
    console.error(`${candidate.kind}: ${candidate.name}`);
    Object.assign(found, await ratiosOf(candidate, efforts[1]));
  }
  const known = (options.lower && here?.ratios) || {};
  const ratios = Object.entries(found).map(([name, ratio]) => [
    name,
    Number(Math.min(ratio, known[name] ?? ratio).toPrecision(3)),
  ]);
  const isPart = filter !== "" || options.new;
  const kept = isPart ? here : undefined;
  const all = { ...kept?.ratios, ...Object.fromEntries(ratios) };
  writeBaseline({ machine: kept?.machine ?? machine, ratios: all });
  console.log(`baseline.json has ${Object.keys(all).length} ratios now, ${ratios.length} of them measured.`);
}

function lossTable(losses: readonly Loss[]): string {
  const rows = losses.map(({ name, baseline, best }) => [
    name,
    baseline.toPrecision(3),
    best.toPrecision(3),
    percent(best / baseline - 1),
  ]);
  return table(["what", "baseline", "now, at best", "change"], rows);
}

async function check(candidates: readonly Candidate[], { machine: its, ratios: baseline }: Baseline): Promise<void> {
  const machine = describeMachine();
  const isHere = isOfThisKind({ machine: its, ratios: baseline }, machine);
  const tolerance = options.tolerance ? Number(options.tolerance) : isHere ? TOLERANCE : TOLERANCE_ELSEWHERE;
  console.log(`baseline: ${showMachine(its)}`);
  if (!isHere) console.log(`this is another machine or engine: ${showMachine(machine)}`);
  const start = performance.now();
  const losses = await findLosses(candidates, {
    baseline,
    tolerance,
    attempts: ATTEMPTS,
    pause: () => setTimeout(PAUSE_MILLISECONDS),
    measure: async (candidate, attempt) => {
      const ratios = await ratiosOf(candidate, efforts[Math.min(attempt, efforts.length - 1)]);
      Object.assign(found, ratios);
      if (attempt > 0) console.log(`again, ${candidate.kind}: ${candidate.name}`);
      return ratios;
    },
  });
  const { unknown, gone } = unmatched(baseline, found);
  const count = Object.keys(found).length;
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  if (losses.length) console.log(`${lossTable(losses)}\n`);
  for (const name of unknown) console.log(`not in the baseline, which bench:check -- --update makes: ${name}`);
  for (const name of gone) console.log(`in the baseline only: ${name}`);
  console.log(`${losses.length} of ${count} ratios lost more than ${percent(tolerance)}, ${seconds} s.`);
  if (losses.length + gone.length > 0) process.exitCode = 1;
}

const strict = singleThreaded.filter(({ name }) => name !== "js");
const candidates = allCandidates(await collectExamples(), strict);
if (options.update) await update(candidates);
else {
  const baseline = readBaseline();
  if (!baseline) throw new Error("There is no bench/baseline.json. Run: npm run bench:check -- --update");
  await check(candidates, baseline);
}
