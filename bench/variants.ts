import { PROGRAM, PROGRAM_BYTES, ROW_BYTES, STEP_BYTES, BARRIER_BYTES } from "../src/program/layout";
import { MemoryLayout } from "../src/program/memoryLayout";
import type { Engine } from "../src/engine/engine";
import type { Row } from "../src/program/program";
import { JsEngine, toIndices } from "../src/engine/js";
import { ThreadsEngine, type ThreadPlaces } from "../src/engine/workers/threads";
import { compileModule } from "../src/engine/module/modules";
import { hasRelaxedSimd } from "../src/engine/module/relaxed";
import { WasmEngine } from "../src/engine/wasm";
import type { CompileOptions } from "../src/index";
import type { Memory, Step } from "../src/ops/op";
import type { Machine } from "../tests/ops/harness";
import { readable } from "../src/ops/readable";

/** One of the ways to run the same program. */
export interface Variant {
  readonly name: string;
  /** What `model.compile` is told. */
  readonly compile: Partial<CompileOptions>;
  /** Where single rows run: with so many bytes for their fields, and of scratch memory for every further thread. */
  readonly createBed: (bytes: number, workspaceBytes: number) => Promise<TestBed>;
}

/** Takes a row from a fixture and runs it as often as asked. */
export interface TestBed extends Machine {
  /** Runs the row that `run` was given last. */
  repeat(times: number): void;
}

/** The variants of one thread; the first is what the others are compared with. */
export const singleThreaded: readonly Variant[] = [
  { name: "js", compile: { engine: "js" }, createBed: async (bytes) => new JsBed(bytes) },
  { name: "strict", compile: {}, createBed: (bytes) => createWasmBed("strict", bytes) },
];

/** All variants there are. */
export const variants: readonly Variant[] = [
  ...singleThreaded,
  ...(hasRelaxedSimd()
    ? [
        {
          name: "relaxed",
          compile: { math: "relaxed" as const },
          createBed: (bytes: number) => createWasmBed("relaxed", bytes),
        },
      ]
    : []),
  { name: "2 threads", compile: { threads: 2 }, createBed: (...sizes) => createThreadsBed(2, ...sizes) },
];

async function createWasmBed(build: "strict" | "relaxed", bytes: number): Promise<TestBed> {
  const module = await compileModule(build);
  return new EngineBed(bytes, 1, 0, (total, { step }) => new WasmEngine(module, total, step));
}

async function createThreadsBed(threads: number, bytes: number, workspaceBytes: number): Promise<TestBed> {
  const module = await compileModule("threads");
  const create = (total: number, places: ThreadPlaces) => new ThreadsEngine(module, total, threads, places);
  const bed = new EngineBed(bytes, threads, workspaceBytes, create);
  await bed.engine.prepare?.();
  return bed;
}

/** Calls readable kernels in a loop. */
class JsBed implements TestBed {
  readonly memory: Memory;
  repeat!: (times: number) => void;

  constructor(bytes: number) {
    this.memory = new JsEngine(bytes).memory;
  }

  run(direction: "forward" | "backward", row: Row, step: Step): void {
    const { memory } = this;
    const kernel = readable(row.op)[direction]!;
    const fields = toIndices(row);
    const jsStep = { ...step, order: step.order / 4 };
    this.repeat = (times) => {
      for (let i = 0; i < times; i++) kernel(memory, fields, jsStep);
    };
  }
}

/** Steps of one call into WebAssembly. */
const CALL_STEPS = 1024;

/**
 * Calls SIMD kernels as training does: as steps of a program, here of one row that runs in one direction.
 *
 *     fields of the fixture │ a step a thread │ barrier │ workspaces │ program, row │ loss │ learning rates │ losses
 */
class EngineBed implements TestBed {
  readonly engine: Engine;
  readonly memory: Memory;
  repeat!: (times: number) => void;
  readonly #program: number;
  readonly #loss: number;
  readonly #learningRates: number;
  readonly #losses: number;

  constructor(
    bytes: number,
    threads: number,
    workspaceBytes: number,
    create: (totalBytes: number, places: ThreadPlaces) => Engine,
  ) {
    const layout = new MemoryLayout(bytes);
    const step = layout.place(threads * STEP_BYTES);
    const barrier = layout.place(BARRIER_BYTES);
    const workspaces = layout.place(threads * workspaceBytes);
    this.#program = layout.place(PROGRAM_BYTES + ROW_BYTES);
    this.#loss = layout.place(8);
    this.#learningRates = layout.place(8 * CALL_STEPS);
    this.#losses = layout.place(8 * CALL_STEPS);
    this.engine = create(layout.totalBytes, { step, barrier, workspaces, workspaceBytes });
    this.memory = this.engine.memory;
  }

  run(direction: "forward" | "backward", row: Row, step: Step): void {
    const { engine, memory } = this;
    const backwardCount = direction === "backward" ? 1 : 0;
    const loss = this.#loss;
    // With a batch of none every step sees the same samples.
    const program = { forward: [row], backwardCount, updates: [], batchSize: 0, loss };
    const loaded = engine.load(program, this.#program);
    // Without rows to walk up, the same program only walks down.
    memory.integers[(this.#program + PROGRAM.forwardCount) / 4] = 1 - backwardCount;
    const learningRates = this.#learningRates;
    memory.totals.fill(step.learningRate, learningRates / 8, learningRates / 8 + CALL_STEPS);
    const slice = { firstStep: step.index, order: step.order, learningRates, losses: this.#losses };
    this.repeat = (times) => {
      for (let done = 0; done < times; done += CALL_STEPS) {
        engine.run(loaded, { ...slice, stepCount: Math.min(CALL_STEPS, times - done) });
      }
    };
  }
}
