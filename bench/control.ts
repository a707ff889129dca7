// npm run bench control [-- --quick] [-- --rounds 9]
// A step of deep Q-learning on a cart-pole, 4-64-64-2 with Adam: predict the values of the actions for one state, then train
// on a batch of 32 (and of 1). By wasmgrad, tfjs and brain.js, a process a library, in turns; and what trainOnBatch takes
// beside its kernels, whose time is that of a step within fit.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { barChart } from "./chart";
import { describeMachine, showMachine } from "./machine";
import { median, medianRatio } from "./measure";
import { Child } from "./peers/child";
import { writeResults } from "./report";
import { showNumber, showTime, table } from "./table";

interface Result {
  readonly library: string;
  readonly times: number[];
}

/** Modules of bench/peers/control, and how many libraries each has. */
const modules = { wasmgrad: 4, tfjs: 2, brain: 1 };
const BATCHES = [32, 1];
/** Steps in a call of the last of wasmgrad's: 1,000 of each of four epochs. */
const STEPS_OF_FIT = 4000;

const { values: options } = parseArgs({ options: { quick: { type: "boolean" }, rounds: { type: "string" } } });
const rounds = Number(options.rounds ?? (options.quick ? 3 : 9));
const effort = {
  turnMilliseconds: options.quick ? 50 : 300,
  warmUpMilliseconds: options.quick ? 300 : 1500,
  clockMilliseconds: 0,
};

const peers = new URL("peers/", import.meta.url);
if (!existsSync(new URL("node_modules/@tensorflow", peers))) {
  execFileSync("npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts"], { cwd: peers, stdio: "inherit" });
}
const { dependencies } = JSON.parse(readFileSync(new URL("package.json", peers), "utf8"));
const versions = ["@tensorflow/tfjs", "brain.js"].map((name) => `${name} ${dependencies[name]}`);

/** Milliseconds of a step of every library, in turns. */
async function measureBatch(batch: number): Promise<Result[]> {
  const children = Object.entries(modules).flatMap(([module, count]) =>
    Array.from({ length: count }, (_, i) => {
      return new Child([process.execPath, "child.mjs", module, String(i)], new URL("control/", peers));
    }),
  );
  try {
    const results: Result[] = [];
    for (const child of children) {
      const { name } = await child.ask<{ name: string }>("hello");
      await child.ask("start", { effort, batch });
      results.push({ library: name, times: [] });
    }
    for (let round = 0; round < rounds; round++) {
      for (const [i, child] of children.entries()) {
        const { p50 } = await child.ask<{ p50: number }>("turn", effort);
        results[i].times.push(results[i].library === "wasmgrad kernels alone" ? p50 / STEPS_OF_FIT : p50);
      }
    }
    return results;
  } finally {
    for (const child of children) child.end();
  }
}

const machine = showMachine(describeMachine());
console.error(machine);
const found: [number, Result[]][] = [];
for (const batch of BATCHES) found.push([batch, await measureBatch(batch)]);

const microseconds = (milliseconds: number) => showTime(1e6 * milliseconds);
const rows = found.flatMap(([batch, results]) =>
  results.map(({ library, times }) => [
    String(batch),
    library,
    microseconds(median(times)),
    showNumber(medianRatio(times, results[0].times)),
  ]),
);
const text = table(["batch", "library", "a step", "÷ wasmgrad"], rows);
const beside = found.map(([batch, results]) => {
  const of = (name: string) => results.find(({ library }) => library === name)!.times;
  const kernels = of("wasmgrad kernels alone");
  const more = median(of("wasmgrad trainOnBatch alone").map((time, i) => time - kernels[i]));
  return `trainOnBatch of ${batch} takes ${microseconds(more)} more than its kernels.`;
});
console.log(`${text}\n\n${beside.join("\n")}`);
if (!options.quick) {
  const title = "A step of deep Q-learning, 4-64-64-2";
  const notes =
    "A step predicts the values of two actions for one state and trains on a batch, with Adam. The two lines below it are parts " +
    "of wasmgrad's step. brain.js has no batches: it updates its weights behind each of the 32 samples.";
  const command = `npm run bench control -- --rounds ${rounds}`;
  const markdown = `# ${title}\n\nMade by \`${command}\` on ${machine}.\n${versions.join(", ")}.\n\n${text}\n\n${beside.join(" ")}\n\n${notes}\n`;
  const panels = found.map(([batch, results]) => ({
    title: `batch ${batch}`,
    unit: "steps/s",
    isLogarithmic: true,
    bars: results
      .filter(({ library }) => !library.endsWith("alone"))
      .map(({ library, times }) => {
        const value = 1000 / median(times);
        return { label: library, value, text: showNumber(value), isMain: library.startsWith("wasmgrad") };
      }),
  }));
  writeResults("control", markdown, barChart(title, machine, panels));
}
