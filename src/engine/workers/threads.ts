import { STEP_BYTES } from "../../program/layout";
import { ThreadError, type WasmgradError } from "../../errors";
import type { Memory } from "../../ops/op";
import { workerPool, type ThreadGroup } from "./workerPool";
import type { Engine, LoadedProgram } from "../engine";
import type { Program, Slice } from "../../program/program";
import { explainTrap, trapError } from "../trap";
import { instantiate } from "../module/instantiate";
import { fixedMemory, Kernels } from "../kernels";
import { kernelNames } from "../module/modules";

/**
 * Milliseconds after which a thread that others wait for counts as dead. No row of a program takes nearly as long. It is for
 * runtimes that do not tell: where they do, a thread that has ended is noticed within half a second.
 */
export const LIMIT_MILLISECONDS = 10_000;

/** What the build with threads exports besides. */
export interface ThreadExports {
  setThread(index: number, count: number, barrier: number, limitMilliseconds: number, workspace: number): void;
  lead(program: number, step: number, count: number, learningRates: number, losses: number): number;
  commandsGiven(): number;
  dismissalsGiven(): number;
  dismiss(): void;
  fail(reason: number): void;
  failure(): number;
}

/** Reasons why threads no longer meet: of assembly/executor/barrier.ts. */
const LOST = 1;
const TRAPPED = 2;

/** Why a run came to a negative end. */
export function explainLoss(exports: ThreadExports, limitMilliseconds = LIMIT_MILLISECONDS): WasmgradError {
  if (exports.failure() === TRAPPED) return trapError("in another thread");
  return new ThreadError(`a worker thread has ended, or did not answer for ${limitMilliseconds / 1000} s.`);
}

/** Where threads have what is theirs: byte addresses. */
export interface ThreadPlaces {
  /** A step for every thread. */
  readonly step: number;
  /** The block in which they wait for each other. */
  readonly barrier: number;
  /** Scratch memory for every thread but the first. */
  readonly workspaces: number;
  /** Bytes of it that one thread has. */
  readonly workspaceBytes: number;
}

/**
 * Bytes of an ordinary buffer that stands for shared memory where V8 decides whether to collect garbage: it leaves shared
 * memory out of account, so that models one after the other would pile up. It is never touched and takes no real memory.
 */
export function ballastFor(bytes: number): number {
  return Math.min(bytes, 2 ** 28);
}

interface ThreadsProgram extends LoadedProgram {
  readonly address: number;
}

/** Engines that the garbage collector takes give back their workers. */
const abandoned = new FinalizationRegistry<object>((user) => workerPool.release(user));

/** The SIMD kernels over one fixed memory that several threads share. The calling thread is the first of them. */
export class ThreadsEngine implements Engine {
  readonly kind = "wasm";
  readonly memory: Memory;
  readonly #kernels: Kernels<ThreadExports>;
  readonly #group: ThreadGroup;
  /** What `ballastFor` says. */
  readonly ballast: ArrayBuffer;
  /** Stands for this engine without holding it. */
  readonly #user = {};
  #isBroken = false;

  constructor(
    module: WebAssembly.Module,
    bytes: number,
    readonly threads: number,
    private readonly places: ThreadPlaces,
    private readonly limitMilliseconds = LIMIT_MILLISECONDS,
  ) {
    const memory = fixedMemory(bytes, true);
    this.ballast = new ArrayBuffer(ballastFor(bytes));
    this.#kernels = new Kernels(module, memory, instantiate, workerPool.hasLost);
    this.memory = this.#kernels.memory;
    this.#group = groupOf(module, memory, this.#kernels.exports, threads, places, limitMilliseconds);
    workerPool.register(this.#user);
    abandoned.register(this, this.#user, this);
  }

  /** Whether a thread was lost or failed in the middle of a run, after which this engine is of no use. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  prepare(): Promise<void> {
    return workerPool.acquire(this.#group.size);
  }

  load(program: Program, address: number): ThreadsProgram {
    this.#kernels.writeProgram(program, address);
    return { program, address };
  }

  /** @throws ThreadError when a thread has ended or does not answer, InternalError when a kernel fails */
  run(loaded: LoadedProgram, slice: Slice): number {
    const { program, address } = loaded as ThreadsProgram;
    const { exports } = this.#kernels;
    const { step, barrier } = this.places;
    const threads = program.isSmall ? 1 : this.threads;
    const { stepCount, learningRates, losses } = slice;
    for (let i = 0; i < threads; i++) this.#kernels.writeStep(slice, step + i * STEP_BYTES);
    exports.setThread(0, threads, barrier, this.limitMilliseconds, 0);
    if (threads > 1) workerPool.assign(this.#user, this.#group);
    try {
      const completed = exports[threads > 1 ? "lead" : "run"](address, step, stepCount, learningRates, losses);
      if (completed >= 0) return completed;
    } catch (cause) {
      exports.fail(TRAPPED);
      throw this.#broken(explainTrap(cause));
    }
    throw this.#broken(explainLoss(exports, this.limitMilliseconds));
  }

  #broken(reason: unknown): unknown {
    this.#isBroken = true;
    workerPool.endAll();
    return reason;
  }

  dispose(): void {
    abandoned.unregister(this);
    workerPool.release(this.#user);
  }
}

/** Outside the engine, so that nothing in it holds the engine. */
export function groupOf(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  exports: ThreadExports,
  threads: number,
  { barrier, workspaces, workspaceBytes }: ThreadPlaces,
  limit: number,
): ThreadGroup {
  return {
    size: threads - 1,
    assignment: (member) => ({
      module,
      memory,
      kernels: kernelNames(module),
      thread: [member + 1, threads, barrier, limit, workspaces + member * workspaceBytes],
      known: [exports.commandsGiven(), exports.dismissalsGiven()],
      ballast: ballastFor(memory.buffer.byteLength),
    }),
    dismiss: () => exports.dismiss(),
    fail: () => exports.fail(LOST),
  };
}
