// npm run bench:memory [-- --rounds 5]
// The most memory that training mlp-large on 60,000 byte images takes, as the operating system counts it, against a process
// that does nothing, one that only holds the images, and what `model.memory()` announces. Works on the built package.
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { MemorySizes } from "../src/runtime/memoryMap";
import { describeMachine, showMachine } from "./machine";
import { median } from "./measure";
import { table } from "./table";

interface Peak {
  readonly peakBytes: number;
  readonly dataBytes: number;
  readonly announced?: MemorySizes;
}

const { values } = parseArgs({ options: { rounds: { type: "string", default: "5" } } });
const rounds = Number(values.rounds);
const script = fileURLToPath(new URL("processes/training.mjs", import.meta.url));
const run = (what: string): Peak => JSON.parse(execFileSync(process.execPath, [script, what], { encoding: "utf8" }));

const kinds = ["nothing", "data", "train"] as const;
const peaks: Record<(typeof kinds)[number], Peak[]> = { nothing: [], data: [], train: [] };
for (let round = 0; round < rounds; round++) for (const kind of kinds) peaks[kind].push(run(kind));

const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);
const [bare, holding, training] = kinds.map((kind) => median(peaks[kind].map(({ peakBytes }) => peakBytes)));
const [{ announced, dataBytes }] = peaks.train;
const { total, ...parts } = announced!;
console.error(showMachine(describeMachine()));
console.log(
  table(
    ["process", "peak, MB"],
    [
      ["does nothing", megabytes(bare)],
      [`holds the images, ${megabytes(dataBytes)} MB`, megabytes(holding)],
      ["trains on them", megabytes(training)],
    ],
  ),
);
const list = Object.entries(parts).map(([name, bytes]) => `${name} ${megabytes(bytes)}`);
console.log(`\nmodel.memory(): ${megabytes(total)} MB (${list.join(", ")})`);
const times = (bytes: number) => `${(bytes / total).toFixed(2)} times what was announced`;
console.log(`training adds to who does nothing ${megabytes(training - bare)} MB, ${times(training - bare)}`);
console.log(`training adds to who holds the images ${megabytes(training - holding)} MB, ${times(training - holding)}`);
