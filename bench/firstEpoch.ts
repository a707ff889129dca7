// npm run bench start [-- --rounds 9]
// What fit and evaluate do before their first step (checks, copies, planning, the order of the samples), as a share of the first
// epoch of training on 60,000 × 784 bytes, as MNIST has them. Target: 5 %. Every round is a process of its own, in which
// nothing is compiled yet, then once more in the same process.
import { parseArgs } from "node:util";
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { WasmEngine } from "../src/engine/wasm";
import { tensor } from "../src/index";
import { describeMachine, showMachine } from "./machine";
import { median } from "./measure";
import { percent, table } from "./table";
import { makeModel, workloads } from "./workloads";

const SAMPLES = 60_000;
const PIXELS = 784;

/** Milliseconds. */
interface Times {
  readonly beforeFit: number;
  readonly epoch: number;
  readonly beforeEvaluate: number;
  readonly evaluation: number;
}

/** Milliseconds until the engine runs its first step, and until the end. */
async function time(work: () => Promise<unknown>): Promise<[before: number, all: number]> {
  const { run } = WasmEngine.prototype;
  const start = performance.now();
  let first = 0;
  WasmEngine.prototype.run = function (...parameters) {
    first ||= performance.now();
    return run.apply(this, parameters);
  };
  try {
    await work();
    return [first - start, performance.now() - start];
  } finally {
    WasmEngine.prototype.run = run;
  }
}

/** Two trainings and evaluations of new models; the first compiles what the second finds. */
async function measureHere(): Promise<Times[]> {
  const bytes = Uint8Array.from({ length: SAMPLES * PIXELS }, (_, i) => (i * 7919) >> 5);
  const x = tensor(bytes, [SAMPLES, PIXELS]);
  const y = tensor(
    Float32Array.from({ length: 10 * SAMPLES }, (_, i) => (i % 11 === 0 ? 1 : 0)),
    [SAMPLES, 10],
  );
  const found: Times[] = [];
  for (let i = 0; i < 2; i++) {
    const model = makeModel(workloads.mlpMain.network, {});
    const [beforeFit, all] = await time(() => model.fit(x, y, { epochs: 1, batchSize: 128 }));
    const [beforeEvaluate, evaluation] = await time(() => model.evaluate(x, y, { batchSize: 128 }));
    found.push({ beforeFit, epoch: all, beforeEvaluate, evaluation });
    model.dispose();
  }
  return found;
}

function report(rounds: number): void {
  const script = fileURLToPath(import.meta.url);
  const found: Times[][] = [];
  for (let round = 0; round < rounds; round++) {
    const parameters = [...process.execArgv, script, "here"];
    found.push(JSON.parse(execFileSync(process.execPath, parameters, { encoding: "utf8" })));
  }
  const rows = ["first", "second"].flatMap((which, i) => {
    const of = (key: keyof Times) => median(found.map((times) => times[i][key]));
    const share = (key: keyof Times) => percent(median(found.map((times) => times[i][key] / times[i].epoch)));
    return [
      [`${which} fit, one epoch`, of("epoch").toFixed(0), of("beforeFit").toFixed(1), share("beforeFit")],
      [`${which} evaluate`, of("evaluation").toFixed(0), of("beforeEvaluate").toFixed(1), share("beforeEvaluate")],
    ];
  });
  console.error(showMachine(describeMachine()));
  console.log(table(["60,000 × 784 bytes, mlp-main", "ms", "before the first step", "of the epoch"], rows));
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: "string", default: "9" } },
});
if (positionals[0] === "here") console.log(JSON.stringify(await measureHere()));
else report(Number(values.rounds));
