// npm run bench start [-- --rounds 9]
// What fit and evaluate do before their first step (checks, copies, planning, the order of the samples), as a share of the first
// epoch of training on 60,000 × 784 bytes, as MNIST has them. Target: 5 %. Every round is a process of its own, in which
// nothing is compiled yet, then once more in the same process by a new model, and by the same model again.
//
// The samples are copied into new memory. The copy takes 3 ms, but a system that hands out a page of memory for the first time
// takes from a quarter of a microsecond (a machine of one's own) to twelve (a virtual machine that gets each page from its
// host): for these 49 MB from 3 to 140 ms. So the time that it takes here just to touch as much new memory stands beside, and
// the share without it. Nothing of this happens where memory is there already: in evaluate, and in the next fit of a model.
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
  readonly beforeFitAgain: number;
  /** To touch as much new memory as the samples take. */
  readonly touch: number;
}

/** Bytes of a page that a system hands out at once. */
const SYSTEM_PAGE = 4096;
const WASM_PAGE = 65536;

/** Milliseconds that it takes to touch new memory. */
function timeTouch(bytes: number): number {
  const pages = Math.ceil(bytes / WASM_PAGE);
  const memory = new Uint8Array(new WebAssembly.Memory({ initial: pages, maximum: pages }).buffer);
  const start = performance.now();
  for (let i = 0; i < bytes; i += SYSTEM_PAGE) memory[i] = 1;
  return performance.now() - start;
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
    const [beforeFitAgain] = await time(() => model.fit(x, y, { epochs: 1, batchSize: 128 }));
    const touch = timeTouch(x.data.byteLength + y.data.byteLength);
    found.push({ beforeFit, epoch: all, beforeEvaluate, evaluation, beforeFitAgain, touch });
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
    const rowOf = (what: string, before: keyof Times, touches: boolean, whole: keyof Times = "epoch") => {
      const of = (value: (times: Times) => number) => median(found.map((times) => value(times[i])));
      const rest = (times: Times) => times[before] - (touches ? times.touch : 0);
      const all = of((times) => times[whole]).toFixed(0);
      const share = percent(of((times) => times[before] / times.epoch));
      const restShare = percent(of((times) => rest(times) / times.epoch));
      const touch = touches ? of((times) => times.touch).toFixed(1) : "0";
      return [`${which} ${what}`, all, of((times) => times[before]).toFixed(1), share, touch, restShare];
    };
    return [
      rowOf("model: fit, one epoch", "beforeFit", true),
      rowOf("model: evaluate", "beforeEvaluate", false, "evaluation"),
      rowOf("model: fit again", "beforeFitAgain", false),
    ];
  });
  console.error(showMachine(describeMachine()));
  console.log(
    table(
      [
        "60,000 × 784 bytes, mlp-main",
        "ms",
        "before the first step",
        "of the epoch",
        "of it touching new memory",
        "the rest of the epoch",
      ],
      rows,
    ),
  );
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: "string", default: "9" } },
});
if (positionals[0] === "here") console.log(JSON.stringify(await measureHere()));
else report(Number(values.rounds));
