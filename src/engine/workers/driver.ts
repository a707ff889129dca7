import { type InternalError, ThreadError } from "../../errors";
import { trapError } from "../trap";
import { WorkerPool, type ThreadGroup } from "./workerPool";
import type { Span } from "../../program/program";
import { type Member, startWorker } from "./workers";

/** What a driver is told once about a memory. */
export interface Setup {
  readonly module: WebAssembly.Module;
  /** Shared with the caller; absent: it gets its own. */
  readonly memory?: WebAssembly.Memory;
  readonly pages: number;
  /** In the order of the function table. */
  readonly kernels: readonly string[];
  /** Of a shared memory: whether a run is under way, and how many steps the last one completed. */
  readonly status?: Int32Array;
  /** Bytes that the garbage collector is to count. */
  readonly ballast: number;
}

/** One run. */
export interface Task {
  /** With the first run over a memory. */
  readonly setup?: Setup;
  /** What the caller has written since the last run. */
  readonly writes: readonly { readonly address: number; readonly content: Uint8Array<ArrayBuffer> }[];
  /** What `setThread` takes. */
  readonly thread?: readonly number[];
  /** `run` or `lead`, and what it takes. */
  readonly name: "run" | "lead";
  readonly parameters: readonly number[];
  /** What the caller reads afterwards. */
  readonly reads: readonly Span[];
  /** Contents of an earlier reply, to be filled again: memory that has been touched is filled in half the time. */
  readonly spare?: readonly Uint8Array<ArrayBuffer>[];
}

export interface Reply {
  /** Steps; negative when a thread has ended, did not come in time or met an error. */
  readonly completed: number;
  readonly contents: readonly Uint8Array<ArrayBuffer>[];
}

/** Milliseconds after which a driver that does not answer counts as dead. No slice of steps takes nearly as long. */
const LIMIT_MILLISECONDS = 300_000;
/** Milliseconds in which a run is to come to its end one of whose threads has ended: what a row of a program may take. */
const LOSS_MILLISECONDS = 1000;

/**
 * A worker that runs programs for the thread that has the model, over one memory at a time, and the workers that follow it.
 * Holds no reference to models.
 */
export class Driver {
  /** Without one of them a run would wait in vain. */
  readonly workerPool = new WorkerPool((group, error) => this.#lose(group, error));
  #starting?: Promise<void>;
  #member?: Member;
  #waiting?: { resolve(reply: Reply): void; reject(error: ThreadError | InternalError): void };
  #timer?: ReturnType<typeof setTimeout>;
  #hasEnded = false;
  /** One of the workers that follow it has ended. */
  #hasLost = false;

  constructor() {
    this.workerPool.register(this);
  }

  /** Whether it can run nothing more. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Whether one of its workers is known to have ended, while this thread does nothing but ask: see `Member.hasEnded`. */
  knowsLoss(): boolean {
    return this.#member?.hasEnded() || this.workerPool.hasLost();
  }

  /**
   * Sees to it that there is a worker, and so many that follow it.
   *
   * @throws ThreadError when one does not start
   */
  async prepare(followers: number): Promise<void> {
    this.#starting ??= this.#start();
    await Promise.all([this.#starting, this.workerPool.acquire(followers)]);
  }

  async #start(): Promise<void> {
    try {
      const member = await startWorker({
        onMessage: (message) => this.#answer(message as Reply & { error?: string }),
        onEnd: () => this.end(),
      });
      if (this.#hasEnded) member.end();
      else this.#member = member;
    } catch (error) {
      this.end();
      throw error;
    }
  }

  /** @throws ThreadError when the worker has ended, or does so before it has an answer */
  ask(task: Task): Promise<Reply> {
    const member = this.#member;
    if (!member) throw new ThreadError("a worker thread has ended.");
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#timer = setTimeout(
        () => this.end(`did not answer for ${LIMIT_MILLISECONDS / 1000} s.`),
        LIMIT_MILLISECONDS,
      );
      member.hold(true);
      member.post(
        task,
        [...task.writes.map(({ content }) => content), ...(task.spare ?? [])].map(({ buffer }) => buffer),
      );
    });
  }

  /**
   * Writes to the worker's memory before its next run. Nothing is answered.
   *
   * @throws ThreadError when the worker has ended
   */
  write(task: Pick<Task, "setup" | "writes">): void {
    const member = this.#member;
    if (!member) throw new ThreadError("a worker thread has ended.");
    member.post(
      task,
      task.writes.map(({ content }) => content.buffer),
    );
  }

  /** Threads that wait for one that has ended come back, so that nobody writes to the memory any more. */
  #lose(group: ThreadGroup | undefined, error?: string): void {
    if (!this.#waiting) {
      this.end();
      return;
    }
    this.#hasLost = true;
    group?.fail();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.end("has ended.", error), LOSS_MILLISECONDS);
  }

  #answer({ error, ...reply }: Reply & { error?: string }): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    clearTimeout(this.#timer);
    this.#member?.hold(false);
    if (error === undefined) waiting?.resolve(reply);
    else waiting?.reject(trapError(error));
    if (error !== undefined || this.#hasLost) this.end();
  }

  /**
   * Ends the workers, whatever they are doing; who waits for an answer gets a ThreadError, or when one met an error an
   * InternalError.
   */
  end(what = "has ended.", error?: string): void {
    this.#hasEnded = true;
    clearTimeout(this.#timer);
    this.#member?.end();
    this.#member = undefined;
    this.workerPool.release(this);
    this.workerPool.endAll();
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.reject(error === undefined ? new ThreadError(`a worker thread ${what}`) : trapError(error));
  }
}
