// npm run bench:peers [filter] [-- --quick] [-- --rounds 15]
// The same work in other libraries: same network, data, batch, optimizer, loss, float32, one thread, each through its own
// API and in its own process. They take turns, round after round; what counts is the median of the ratios of a round.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Bar, barChart, type Panel, shorten } from "../chart";
import { describeMachine, showMachine } from "../machine";
import { median, medianRatio, spread } from "../measure";
import { writeResults } from "../report";
import { percent, showNumber, table } from "../table";
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
  readonly x: Float32Array;
  readonly y: Float32Array;
}

function trainingTask({ name, network, makeData }: Workload): Task {
  const { unit, samples, batchSize } = network;
  const amount = unit === "steps/s" ? samples / batchSize : samples;
  return { name, unit, amount, parameters: { network }, ...makeData() };
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

const tasks = [
  trainingTask(workloads.line),
  trainingTask(workloads.xor),
  trainingTask(workloads.mlpSmall),
  trainingTask(workloads.mlpLarge),
  trainingTask(workloads.cnn),
  trainingTask(workloads.lstm),
  trainingTask(workloads.gru),
  trainingTask(workloads.gpt),
  productTask("NN", 512, 512, 512),
  productTask("TN", 512, 512, 512),
  productTask("NT", 512, 512, 512),
  productTask("NN", 128, 512, 10),
].filter(({ name }) => name.includes(filter));
if (tasks.length === 0) throw new RangeError(`nothing is named like "${filter}"`);

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
}

/** All libraries that can do a task, in turns. */
async function compare(task: Task, libraries: readonly Library[], data: string): Promise<Result[]> {
  const [x, y] = [join(data, "x.f32"), join(data, "y.f32")];
  writeFileSync(x, task.x);
  writeFileSync(y, task.y);
  const able: (Result & { child: Child })[] = [];
  for (const { name, child } of libraries) {
    console.error(`${task.name}: ${name}`);
    const { cannot } = await child.ask<{ cannot?: boolean }>("start", { ...task.parameters, x, y, effort });
    if (!cannot) able.push({ library: name, rounds: [], child });
  }
  for (let round = 0; round < rounds; round++) {
    for (const { rounds: found, child } of able) {
      found.push((await child.ask<{ nanoseconds: number }>("turn", effort)).nanoseconds);
    }
  }
  return able;
}

function rateOf({ amount }: Task, times: readonly number[]): number {
  return (amount * 1e9) / median(times);
}

function rowsOf(task: Task, results: readonly Result[]): string[][] {
  return results.map(({ library, rounds: times }) => [
    task.name,
    library,
    `${shorten(rateOf(task, times))} ${task.unit}`,
    `±${percent(spread(times))}`,
    showNumber(medianRatio(times, results[0].rounds)),
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
const rows: string[][] = [];
const panels: Panel[] = [];
try {
  for (const task of tasks) {
    const results = await compare(task, libraries, data);
    rows.push(...rowsOf(task, results));
    panels.push(panelOf(task, results));
  }
} finally {
  rmSync(data, { recursive: true });
  for (const { child } of libraries) child.end();
}

const text = table(["work", "library", "rate", "spread", "wasmgrad is so many times as fast"], rows);
console.log(`\n${text}`);
if (!filter && !options.quick) {
  const title = "The same work in other libraries, one thread";
  const notes =
    "Below 1 the other library is faster. brain.js and synaptic update after every sample instead of every batch: a pass " +
    "over a batch's samples counts as its step. wasmgrad js is its readable kernels: plain loops over typed arrays.";
  const markdown = `# ${title}\n\nMade by \`npm run bench:peers -- --rounds ${rounds}\` on ${showMachine(machine)}.\n${versions}.\n\n${text}\n\n${notes}\n`;
  writeResults("peers", markdown, barChart(title, showMachine(machine), panels));
}
