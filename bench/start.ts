// npm run bench:start [-- --rounds 20]
// Milliseconds from the start of a process to its end behind the first training step of mlp-small, with the built package,
// against a process that does nothing; and of processes that only import an entry of the package, against one that imports
// an empty module. They take turns. Targets: 1.3 times bare Node and 60 ms; an import 30 ms over that of nothing.
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { describeMachine, showMachine } from "./machine";
import { median } from "./measure";
import { table } from "./table";

const { values } = parseArgs({ options: { rounds: { type: "string", default: "20" } } });
const rounds = Number(values.rounds);
const script = fileURLToPath(new URL("processes/firstStep.mjs", import.meta.url));

/** Modules that are imported by a process that does nothing else. */
const imported = {
  "an empty module": "data:text/javascript,",
  wasmgrad: new URL("../dist/index.js", import.meta.url).href,
  "wasmgrad, by require": new URL("../dist/index.cjs", import.meta.url).href,
  "wasmgrad/inference": new URL("../dist/inference.js", import.meta.url).href,
};

function run(parameters: readonly string[]): string {
  return execFileSync(process.execPath, parameters, { encoding: "utf8" });
}

function time(parameters: readonly string[]): number {
  const start = performance.now();
  run(parameters);
  return performance.now() - start;
}

const bare: number[] = [];
const training: number[] = [];
const stages: Record<string, number[]> = {};
const imports: Record<string, number[]> = {};
for (let round = 0; round < rounds; round++) {
  bare.push(time(["-e", "0"]));
  training.push(time([script]));
  for (const [name, address] of Object.entries(imported)) {
    imports[name] ??= [];
    imports[name].push(time(["--input-type=module", "-e", `import "${address}"`]));
  }
  for (const [stage, end] of Object.entries<number>(JSON.parse(run([script, "stages"])))) {
    stages[stage] ??= [];
    stages[stage].push(end);
  }
}

const show = (milliseconds: number) => milliseconds.toFixed(1);
console.error(showMachine(describeMachine()));
console.log(
  table(
    ["process", "ms"],
    [
      ["node -e 0", show(median(bare))],
      ["first step of mlp-small", show(median(training))],
      ["target: 1.3 times bare + 60 ms", show(1.3 * median(bare) + 60)],
    ],
  ),
);
const nothing = median(imports["an empty module"]);
console.log(
  table(
    ["import", "ms", "over an empty module"],
    Object.entries(imports).map(([name, times]) => [name, show(median(times)), show(median(times) - nothing)]),
  ),
);
console.log(
  `\nstages inside: ${Object.entries(stages)
    .map(([stage, ends]) => `${stage} ${show(median(ends))}`)
    .join(", ")}`,
);
