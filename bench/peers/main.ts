// npm run bench:peers [filter] [-- --quick] [-- --rounds 15]
// A filter is a group (peers, sequences) or a part of a name. Files in bench/results are written for groups that ran as a whole and
// not in a hurry.
// The same work in other libraries: same network, data, batch, optimizer, loss, float32, one thread, each through its own
// API and in its own process. They take turns, round after round; what counts is the median of the ratios of a round.
// That all do the same work shows in their losses: that of the first epoch must be what chance gives, and it falls.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Bar, barChart, type Panel, shorten } from "../chart";
import { describeMachine, showMachine } from "../machine";
import { isLeftOut, median, medianRatio, spread } from "../measure";
import { writeResults } from "../report";
import { ABSENT, percent, showNumber, table } from "../table";
import { type Workload, workloads } from "../workloads";
import { Child } from "./child";

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: "boolean" }, rounds: { type: "string" } },
});
const [filter = ""] = positionals;
const rounds = Number(options.rounds ?? (options.quick ? 3 : 9));
const effort = options.quick
  ? { turnMilliseconds: 100, warmUpMilliseconds: 300 }
  : { turnMilliseconds: 400, warmUpMilliseconds: 2000 };
const folder = new URL("./", import.meta.url);

/** What a child is told to do, and how its speed is counted. */
interface Task {
  readonly name: string;
  readonly unit: string;
  /** Steps, samples or floating-point operations of doing it once. */
  readonly amount: number;
  readonly parameters: object;
  /** Of a cross-entropy: the loss of who knows nothing. */
  readonly chance?: number;
  readonly x: Float32Array;
  readonly y: Float32Array;
}

function trainingTask({ name, network, makeData }: Workload): Task {
  const { unit, samples, batchSize, loss, transformer, widths } = network;
  const amount = unit === "steps/s" ? samples / batchSize : samples;
  const classes = transformer?.vocabulary ?? widths[widths.length - 1];
  const chance = loss === "meanSquaredError" ? {} : { chance: Math.log(classes) };
  return { name, unit, amount, parameters: { network }, ...chance, ...makeData() };
}

function productTask(form: "NN" | "TN" | "NT", m: number, k: number, n: number): Task {
  const words = { NN: "A·B", TN: "Aᵀ·B", NT: "A·Bᵀ" };
  const values = (count: number) => Float32Array.from({ length: count }, (_, i) => ((i * 7919) % 1000) / 1000 - 0.5);
  return {
    name: `${words[form]} ${m}×${k}×${n}`,
    unit: "GFLOP/s",
    amount: (2 * m * k * n) / 1e9,
    parameters: { product: { form, m, k, n } },
    x: values(m * k),
    y: values(k * n),
  };
}

/** By the name of their files. */
const groups: Readonly<Record<string, { title: string; tasks: readonly Task[] }>> = {
  peers: {
    title: "The same work in other libraries, one thread unless said",
    tasks: [
      trainingTask(workloads.line),
      trainingTask(workloads.xor),
      trainingTask(workloads.mlpSmall),
      trainingTask(workloads.mlpLarge),
      trainingTask(workloads.cnn),
      productTask("NN", 512, 512, 512),
      productTask("TN", 512, 512, 512),
      productTask("NT", 512, 512, 512),
      productTask("NN", 128, 512, 10),
    ],
  },
  sequences: {
    title: "Sequences in other libraries, one thread unless said",
    tasks: [trainingTask(workloads.lstm), trainingTask(workloads.gru), trainingTask(workloads.gpt)],
  },
};
const isChosen = (group: string, { name }: Task) => group === filter || name.includes(filter);
if (!Object.entries(groups).some(([group, { tasks }]) => tasks.some((task) => isChosen(group, task)))) {
  throw new RangeError(`nothing is named like "${filter}"`);
}

/** Debian's Python is the one that its python3-torch belongs to. */
function findTorch(): string | undefined {
  const pythons = ["/usr/bin/python3", "python3"];
  return pythons.find((python) => spawnSync(python, ["-c", "import torch"]).status === 0);
}

interface Library {
  readonly name: string;
  readonly version: string;
  readonly child: Child;
}

async function startLibraries(): Promise<Library[]> {
  const node = (...parameters: string[]) => [process.execPath, ...parameters];
  const commands = [
    node("wasmgrad.mjs"),
    node("wasmgrad.mjs", "wasm", "2"),
    node("wasmgrad.mjs", "js"),
    node("jax.mjs"),
    node("tfjs.mjs", "wasm"),
    node("tfjs.mjs", "cpu"),
    node("brain.mjs"),
    node("synaptic.mjs"),
  ];
  const torch = findTorch();
  if (torch) commands.push([torch, "torch_peer.py"]);
  else console.error("PyTorch is not compared: python3 has no torch (Debian: python3-torch and libopenblas0-pthread).");
  const children = commands.map((command) => new Child(command, folder));
  return Promise.all(
    children.map(async (child) => ({ child, ...(await child.ask<{ name: string; version: string }>("hello")) })),
  );
}

interface Result {
  readonly library: string;
  /** Nanoseconds of the work, by round. */
  readonly rounds: number[];
  /** Of the first epoch, and of one after it; empty where the library tells none. */
  readonly losses: readonly number[];
}

/** How far from the loss of who knows nothing that of the first epoch may be: initial weights differ from library to library. */
const NEAR_CHANCE = 1;

/** @throws Error when a library does other work than the others */
function checkLosses({ name, chance }: Task, library: string, [first]: readonly number[]): void {
  if (chance === undefined || first === undefined || Math.abs(first - chance) < NEAR_CHANCE) return;
  throw new Error(`${name}: the first loss of ${library} is ${first}, chance gives ${chance.toFixed(2)}.`);
}

/** All libraries that can do a task, in turns. */
async function compare(task: Task, libraries: readonly Library[], data: string): Promise<Result[]> {
  const [x, y] = [join(data, "x.f32"), join(data, "y.f32")];
  writeFileSync(x, task.x);
  writeFileSync(y, task.y);
  const able: (Result & { child: Child })[] = [];
  for (const { name, child } of libraries) {
    const answer = await child.ask<{ cannot?: boolean; losses?: (number | null)[] }>("start", {
      ...task.parameters,
      x,
      y,
      effort,
    });
    if (answer.cannot) continue;
    const losses = (answer.losses ?? []).filter((loss) => loss !== null);
    console.error(`${task.name}: ${name}${losses.length ? `, losses ${showLosses(losses)}` : ""}`);
    checkLosses(task, name, losses);
    able.push({ library: name, rounds: [], losses, child });
  }
  for (let round = 0; round < rounds; round++) {
    for (const { rounds: found, child } of able) {
      if (isLeftOut(found, effort)) continue;
      found.push((await child.ask<{ nanoseconds: number }>("turn", effort)).nanoseconds);
    }
  }
  return able;
}

function showLosses(losses: readonly number[]): string {
  return losses.length ? losses.map((loss) => loss.toFixed(3)).join(" → ") : ABSENT;
}

function rateOf({ amount }: Task, times: readonly number[]): number {
  return (amount * 1e9) / median(times);
}

function rowsOf(task: Task, results: readonly Result[]): string[][] {
  return results.map(({ library, rounds: times, losses }) => [
    task.name,
    library,
    `${shorten(rateOf(task, times))} ${task.unit}`,
    `±${percent(spread(times))}${times.length < rounds ? `, ${times.length} rounds` : ""}`,
    showNumber(medianRatio(times, results[0].rounds)),
    showLosses(losses),
  ]);
}

function panelOf(task: Task, results: readonly Result[]): Panel {
  const bars = results.map(({ library, rounds: times }): Bar => {
    const value = rateOf(task, times);
    return { label: library, value, text: shorten(value), isMain: library === "wasmgrad" };
  });
  return { title: task.name, unit: task.unit, bars };
}

if (!existsSync(new URL("node_modules", folder))) {
  execFileSync("npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts"], { cwd: folder, stdio: "inherit" });
}
const machine = describeMachine();
const libraries = await startLibraries();
const versions = libraries.map(({ name, version }) => `${name} ${version}`).join(", ");
console.error(`${showMachine(machine)}\n${versions}`);

const data = mkdtempSync(join(tmpdir(), "wasmgrad-peers-"));
const notes =
  "Below 1 the other library is faster. brain.js and synaptic update after every sample instead of every batch: a pass " +
  "over a batch's samples counts as its step. wasmgrad js is its readable kernels: plain loops over typed arrays. " +
  "What takes longer than five turns has three rounds. Losses are those of the first and a later epoch of the warm-up, of " +
  "whole epochs or of their last batch; libraries differ in how weights begin.";
const head = ["work", "library", "rate", "spread", "wasmgrad is so many times as fast", "loss"];

async function measureGroup(name: string, title: string, tasks: readonly Task[], isWhole: boolean): Promise<void> {
  const rows: string[][] = [];
  const panels: Panel[] = [];
  for (const task of tasks) {
    const results = await compare(task, libraries, data);
    rows.push(...rowsOf(task, results));
    panels.push(panelOf(task, results));
  }
  const text = table(head, rows);
  console.log(`\n${text}`);
  if (!isWhole || options.quick) return;
  const command = `npm run bench:peers ${name} -- --rounds ${rounds}`;
  const markdown = `# ${title}\n\nMade by \`${command}\` on ${showMachine(machine)}.\n${versions}.\n\n${text}\n\n${notes}\n`;
  writeResults(name, markdown, barChart(title, showMachine(machine), panels));
}

try {
  for (const [name, { title, tasks }] of Object.entries(groups)) {
    const chosen = tasks.filter((task) => isChosen(name, task));
    if (chosen.length > 0) await measureGroup(name, title, chosen, chosen.length === tasks.length);
  }
} finally {
  rmSync(data, { recursive: true });
  for (const { child } of libraries) child.end();
}
