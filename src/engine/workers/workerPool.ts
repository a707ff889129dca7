import { ThreadError } from "../../errors";
import { type Member, startWorker } from "./workers";

/** What a worker is told in order to become a thread of a memory. */
export interface Assignment {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** In the order of the function table. */
  readonly kernels: readonly string[];
  /** What `setThread` takes. */
  readonly thread: readonly number[];
  /** What `follow` takes. */
  readonly known: readonly number[];
  /** Bytes that the garbage collector is to count. */
  readonly ballast: number;
}

/** The other threads of an engine, as far as they concern the worker pool. Holds no reference to the engine. */
export interface ThreadGroup {
  /** Threads besides the calling one. */
  readonly size: number;
  assignment(member: number): Assignment;
  /** Lets all of them come back from following. */
  dismiss(): void;
  /** Lets the run under way come to an end without one of them, after which there is none. */
  fail(): void;
}

/**
 * Workers that follow one leader. It runs one engine at a time, so that they go from engine to engine, and there are never
 * more than the largest engine has threads. They end with the last engine.
 */
export class WorkerPool {
  readonly #members = new Set<Member>();
  readonly #starting = new Set<Promise<void>>();
  /** One for every engine that may still run. */
  readonly #users = new Set<object>();
  #following?: { readonly user: object; readonly group: ThreadGroup };

  /** @param onLoss called, instead of letting the others go, when a worker has ended that nobody has sent away */
  constructor(private readonly onLoss?: (group: ThreadGroup | undefined, error?: string) => void) {}

  /** How many workers there are. */
  get size(): number {
    return this.#members.size;
  }

  /** An engine that will need workers until it is released. */
  register(user: object): void {
    this.#users.add(user);
  }

  /** The engine needs them no more. */
  release(user: object): void {
    this.#users.delete(user);
    if (this.#following?.user === user) this.#dismiss();
    if (this.#users.size === 0) this.endAll();
  }

  /**
   * Sees to it that there are so many workers.
   *
   * @throws ThreadError when one does not start
   */
  async acquire(count: number): Promise<void> {
    for (let missing = count - this.#members.size - this.#starting.size; missing > 0; missing--) {
      const start = this.#start().finally(() => this.#starting.delete(start));
      this.#starting.add(start);
    }
    await Promise.all(this.#starting);
  }

  async #start(): Promise<void> {
    let isLost = false;
    const lose = (error?: string) => {
      isLost = true;
      if (member) this.#lose(member, error);
    };
    let member: Member | undefined;
    member = await startWorker({
      onMessage: (message) => lose((message as { error: string }).error),
      onEnd: () => lose(),
    });
    if (isLost) return;
    if (this.#users.size) this.#members.add(member);
    else member.end();
  }

  /** Whether a worker is known to have ended while this thread waits for it. */
  readonly hasLost = (): boolean => [...this.#members].some((member) => member.hasEnded());

  /** A worker has ended by itself, was ended, or has met an error. */
  #lose(member: Member, error?: string): void {
    if (!this.#members.delete(member)) return;
    if (error !== undefined) member.end();
    if (this.onLoss) this.onLoss(this.#following?.group, error);
    else this.#dismiss();
  }

  /**
   * Makes workers the threads of an engine, unless they are already.
   *
   * @throws ThreadError when there are fewer than it takes
   */
  assign(user: object, group: ThreadGroup): void {
    if (this.#following?.user === user) return;
    this.#dismiss();
    if (this.#members.size < group.size) throw new ThreadError("a worker thread has ended.");
    [...this.#members].slice(0, group.size).forEach((member, i) => {
      member.post(group.assignment(i));
    });
    this.#following = { user, group };
  }

  #dismiss(): void {
    this.#following?.group.dismiss();
    this.#following = undefined;
  }

  /** Ends all workers, whatever they are doing. */
  endAll(): void {
    for (const member of this.#members) member.end();
    this.#members.clear();
    this.#following = undefined;
  }
}

/** The followers of this JavaScript thread, where engines run synchronously. */
export const workerPool = new WorkerPool();
