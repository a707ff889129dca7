import { copyInSlices, inSlices } from "../../platform/slices";
import { STEP_BYTES } from "../../program/layout";
import { ThreadError, type WasmgradError } from "../../errors";
import type { Memory } from "../../ops/op";
import type { Driver, Reply, Setup, Task } from "./driver";
import type { Engine, LoadedProgram } from "../engine";
import { type Program, programBytes, type Slice, type Span } from "../../program/program";
import { instantiate } from "../module/instantiate";
import { fixedMemory, Kernels, PAGE_BYTES } from "../kernels";
import { kernelNames } from "../module/modules";
import { canWait } from "./sharing";
import { ballastFor, explainLoss, LIMIT_MILLISECONDS, groupOf, type ThreadExports, type ThreadPlaces } from "./threads";

interface WorkerProgram extends LoadedProgram {
  readonly address: number;
  readonly results: readonly Span[];
}

/** The SIMD kernels in a worker, so that the calling thread stays free while they run. */
abstract class WorkerEngine implements Engine {
  readonly kind = "wasm";
  readonly memory: Memory;
  /** Not undefined while the worker does not know the memory. */
  #setup?: Setup;
  #running?: WorkerProgram;
  readonly #visits: (() => void)[] = [];

  constructor(
    protected readonly kernels: Kernels,
    setup: Setup,
    protected readonly driver: Driver,
    /** Threads that follow the worker. */
    private readonly followers: number,
  ) {
    this.memory = kernels.memory;
    this.#setup = setup;
  }

  get isBroken(): boolean {
    return this.driver.hasEnded;
  }

  /** The program that is being run. */
  protected get running(): WorkerProgram | undefined {
    return this.#running;
  }

  prepare(): Promise<void> {
    return this.driver.prepare(this.followers);
  }

  load(program: Program, address: number, results: readonly Span[] = []): WorkerProgram {
    this.kernels.writeProgram(program, address);
    return { program, address, results };
  }

  protected abstract task(loaded: WorkerProgram, slice: Slice): Omit<Task, "setup">;
  /** Why a run came to a negative end. */
  protected abstract lossOf(): WasmgradError;
  /** Takes over what a run has computed; a promise when that is more than can be copied at once. */
  protected abstract accept(task: Omit<Task, "setup">, reply: Reply): Promise<void> | undefined;

  /** What the worker has to be told with the first message. */
  protected takeSetup(): Setup | undefined {
    const setup = this.#setup;
    this.#setup = undefined;
    return setup;
  }

  /** @throws ThreadError when a worker has ended or does not answer, InternalError when a kernel fails */
  async run(loaded: LoadedProgram, slice: Slice): Promise<number> {
    const task = this.task(loaded as WorkerProgram, slice);
    const asked = this.driver.ask({ ...task, setup: this.takeSetup() });
    this.#running = loaded as WorkerProgram;
    try {
      const reply = await asked;
      if (reply.completed < 0) {
        this.driver.end();
        throw this.lossOf();
      }
      const accepting = this.accept(task, reply);
      if (accepting) await accepting;
      return reply.completed;
    } finally {
      this.#running = undefined;
      for (const visit of this.#visits.splice(0)) visit();
    }
  }

  giveUp(): void {
    this.driver.end("was ended, because its steps took too long.");
  }

  betweenRuns<T>(visit: () => T): T | Promise<T> {
    if (!this.#running) return visit();
    return new Promise((resolve, reject) => {
      this.#visits.push(() => {
        try {
          resolve(visit());
        } catch (error) {
          reject(error);
        }
      });
    });
  }
}

/** Milliseconds between two questions whether who is waited for has ended. */
const SETTLE_MILLISECONDS = 250;

/** Over memory that is shared with the worker, and with the threads that follow it. */
export class SharedWorkerEngine extends WorkerEngine {
  readonly #status: Int32Array;
  readonly #join: () => void;
  readonly #exports: ThreadExports;
  /** What `ballastFor` says. */
  readonly ballast: ArrayBuffer;
  readonly #user = {};

  constructor(
    module: WebAssembly.Module,
    bytes: number,
    private readonly threads: number,
    private readonly places: ThreadPlaces,
    driver: Driver,
  ) {
    const memory = fixedMemory(bytes, true);
    const kernels = new Kernels<ThreadExports>(module, memory, instantiate);
    const status = new Int32Array(new SharedArrayBuffer(8));
    const ballast = ballastFor(bytes);
    super(kernels, { module, memory, pages: 0, kernels: kernelNames(module), status, ballast }, driver, threads - 1);
    this.#status = status;
    this.ballast = new ArrayBuffer(ballast);
    const { exports } = kernels;
    this.#exports = exports;
    exports.setThread(0, threads, places.barrier, LIMIT_MILLISECONDS, 0);
    const group = groupOf(module, memory, exports, threads, places, LIMIT_MILLISECONDS);
    this.#join = () => driver.workerPool.assign(this.#user, group);
  }

  protected task({ program, address }: WorkerProgram, slice: Slice): Omit<Task, "setup"> {
    const { step, barrier } = this.places;
    const { stepCount, learningRates, losses } = slice;
    const threads = program.isSmall ? 1 : this.threads;
    for (let i = 0; i < threads; i++) this.kernels.writeStep(slice, step + i * STEP_BYTES);
    if (threads > 1) this.#join();
    Atomics.store(this.#status, 1, 0);
    Atomics.store(this.#status, 0, 1);
    return {
      writes: [],
      thread: [0, threads, barrier, LIMIT_MILLISECONDS, 0],
      name: threads > 1 ? "lead" : "run",
      parameters: [address, step, stepCount, learningRates, losses],
      reads: [],
    };
  }

  protected lossOf(): WasmgradError {
    return explainLoss(this.#exports);
  }

  protected accept(): undefined {}

  /** @throws ThreadError when a worker has ended, so that the update under way may be half done */
  settle(): number {
    const { running } = this;
    if (!running) return 0;
    const status = this.#status;
    const deadline = performance.now() + LIMIT_MILLISECONDS;
    const mayWait = canWait();
    while (Atomics.load(status, 0) === 1) {
      if (mayWait && Atomics.wait(status, 0, 1, SETTLE_MILLISECONDS) !== "timed-out") continue;
      if (this.driver.knowsLoss() || performance.now() > deadline) {
        throw new ThreadError("a worker thread did not come to the end of its steps.");
      }
    }
    const completed = Atomics.load(status, 1);
    if (completed < 0) throw this.lossOf();
    return running.program.updates.length ? completed : 0;
  }

  dispose(): void {
    this.driver.workerPool.release(this.#user);
  }
}

/** Longer than elsewhere, because weights and optimizer state are copied after each. */
const MIRRORED_SLICE_MILLISECONDS = 50;

/** Bytes of a message that are copied without a look at the clock. */
const SENT_AT_ONCE = 2 ** 20;

/** Where a memory holds what callers write before runs and read after them. */
export interface MirrorPlaces {
  readonly step: number;
  /** Loss and metric sums. */
  readonly totals: Span;
}

/**
 * Over memory that the worker has for itself, where none can be shared. `memory` is a mirror of it: what is written to it
 * goes to the worker with the next run, what the run has computed and somebody reads comes back.
 */
export class MirroredWorkerEngine extends WorkerEngine {
  /** Bytes to send from an address on. */
  readonly #written = new Map<number, number>();
  #spare: Reply["contents"] = [];
  readonly sliceMilliseconds = MIRRORED_SLICE_MILLISECONDS;

  constructor(
    module: WebAssembly.Module,
    bytes: number,
    private readonly places: MirrorPlaces,
    driver: Driver,
  ) {
    const memory = fixedMemory(bytes, false);
    const pages = memory.buffer.byteLength / PAGE_BYTES;
    super(
      new Kernels(module, memory, instantiate),
      { module, pages, kernels: kernelNames(module), ballast: 0 },
      driver,
      0,
    );
  }

  wrote(address: number, bytes: number): void {
    this.#written.set(address, Math.max(bytes, this.#written.get(address) ?? 0));
  }

  override load(program: Program, address: number, results?: readonly Span[]): WorkerProgram {
    this.wrote(address, programBytes(program));
    return super.load(program, address, results);
  }

  protected task({ program, address, results }: WorkerProgram, slice: Slice): Omit<Task, "setup"> {
    const { step, totals } = this.places;
    const { stepCount, order, learningRates, losses } = slice;
    this.kernels.writeStep(slice, step);
    this.wrote(step, STEP_BYTES);
    this.wrote(order, 4 * stepCount * program.batchSize);
    this.wrote(learningRates, 8 * stepCount);
    this.wrote(totals.address, totals.bytes);
    const writes = [...this.#written].map(([address, bytes]) => ({
      address,
      content: this.memory.bytes.slice(address, address + bytes) as Uint8Array<ArrayBuffer>,
    }));
    this.#written.clear();
    const spare = this.#spare;
    this.#spare = [];
    return {
      writes,
      spare,
      name: "run",
      parameters: [address, step, stepCount, learningRates, losses],
      reads: [{ address: losses, bytes: 8 * stepCount }, totals, ...results],
    };
  }

  protected lossOf(): WasmgradError {
    return new ThreadError("a worker thread has ended.");
  }

  protected async accept({ reads }: Omit<Task, "setup">, { contents }: Reply): Promise<void> {
    for (const [i, { address, bytes }] of reads.entries()) {
      const copying = copyInSlices(contents[i], this.memory.bytes.subarray(address, address + bytes));
      if (copying) await copying;
    }
    this.#spare = contents;
  }

  override async run(loaded: LoadedProgram, slice: Slice): Promise<number> {
    for (const [address, bytes] of this.#written) if (bytes > SENT_AT_ONCE) await this.#sendInSlices(address, bytes);
    return super.run(loaded, slice);
  }

  /** Sends more than one message should hold, while the event loop runs. */
  async #sendInSlices(address: number, bytes: number): Promise<void> {
    this.#written.delete(address);
    await inSlices(bytes, SENT_AT_ONCE, (start, end) => {
      const content = this.memory.bytes.slice(address + start, address + end) as Uint8Array<ArrayBuffer>;
      this.driver.write({ setup: this.takeSetup(), writes: [{ address: address + start, content }] });
    });
  }
}
