import { ThreadError } from "../errors";
import { isNode, nodeModule } from "../node/nodeModule";

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

/** The other threads of an engine, as far as they concern the crew. Holds no reference to the engine. */
export interface Team {
  /** Threads besides the calling one. */
  readonly size: number;
  assignment(member: number): Assignment;
  /** Lets all of them come back from following. */
  dismiss(): void;
}

/** A worker, of Node or of a browser. */
interface Member {
  post(message: unknown): void;
  end(): void;
}

/**
 * What a worker runs: it becomes a thread of one memory after the other, and is deaf to messages while it follows. It is
 * text, because bundlers lose files that only an address refers to.
 */
const workerSource = `
const port = typeof require === "function" ? require("node:worker_threads").parentPort : self;
port.onmessage = ({ data: { module, memory, kernels, thread, known, ballast } }) => {
  port.ballast = new ArrayBuffer(ballast);
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const first = exports.table.grow(kernels.length);
  kernels.forEach((name, i) => exports.table.set(first + i, exports[name]));
  exports.setThread(...thread);
  exports.follow(...known);
};
port.postMessage("ready");
`;

/** Milliseconds within which a worker must have begun to listen. */
const START_MILLISECONDS = 20_000;

/** What a worker reports: that it listens, and why it no longer does. */
interface Reports {
  readonly onReady: () => void;
  readonly onEnd: (reason: unknown) => void;
}

async function startInNode({ onReady, onEnd }: Reports): Promise<Member> {
  const { Worker } = await nodeModule<typeof import("node:worker_threads")>("node:worker_threads");
  // Loaders that the process was started with are not for this script.
  const worker = new Worker(workerSource, { eval: true, execArgv: [] });
  worker.once("message", () => {
    // From here on it does not keep the process alive.
    worker.unref();
    onReady();
  });
  worker.once("error", onEnd);
  worker.once("exit", (code) => onEnd(new Error(`it ended with code ${code}`)));
  return { post: (message) => worker.postMessage(message), end: () => void worker.terminate() };
}

async function startInBrowser({ onReady, onEnd }: Reports): Promise<Member> {
  const url = URL.createObjectURL(new Blob([workerSource], { type: "text/javascript" }));
  const worker = new Worker(url);
  worker.onmessage = () => {
    URL.revokeObjectURL(url);
    onReady();
  };
  worker.onerror = ({ message }) => onEnd(new Error(message));
  return { post: (message) => worker.postMessage(message), end: () => worker.terminate() };
}

/**
 * The workers of this JavaScript thread. An engine runs synchronously, so that one at a time needs them: they go from
 * engine to engine, and there are never more than the largest engine has threads. They end with the last engine.
 */
class Crew {
  readonly #members = new Set<Member>();
  readonly #starting = new Set<Promise<void>>();
  /** One for every engine that may still run. */
  readonly #employers = new Set<object>();
  #following?: { readonly employer: object; readonly team: Team };

  /** How many workers there are. */
  get size(): number {
    return this.#members.size;
  }

  /** An engine that will need workers until it is released. */
  enlist(employer: object): void {
    this.#employers.add(employer);
  }

  /** The engine needs them no more. */
  release(employer: object): void {
    this.#employers.delete(employer);
    if (this.#following?.employer === employer) this.#dismiss();
    if (this.#employers.size === 0) this.disband();
  }

  /**
   * Sees to it that there are so many workers.
   *
   * @throws ThreadError when one does not start
   */
  async hire(count: number): Promise<void> {
    for (let missing = count - this.#members.size - this.#starting.size; missing > 0; missing--) {
      const start = this.#start().finally(() => this.#starting.delete(start));
      this.#starting.add(start);
    }
    await Promise.all(this.#starting);
  }

  async #start(): Promise<void> {
    let member: Member | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        const onEnd = (reason: unknown) => {
          reject(reason);
          if (member) this.#lose(member);
        };
        timer = setTimeout(() => reject(new Error(`none in ${START_MILLISECONDS} ms`)), START_MILLISECONDS);
        (isNode ? startInNode : startInBrowser)({ onReady: resolve, onEnd }).then((started) => {
          member = started;
        }, reject);
      });
    } catch (cause) {
      member?.end();
      throw new ThreadError("a worker thread did not start. Use threads: 1.", { cause });
    } finally {
      clearTimeout(timer);
    }
    if (this.#employers.size) this.#members.add(member!);
    else member!.end();
  }

  /** A worker has ended by itself, or was ended. */
  #lose(member: Member): void {
    if (this.#members.delete(member) && this.#following) this.#dismiss();
  }

  /**
   * Makes workers the threads of an engine, unless they are already.
   *
   * @throws ThreadError when there are fewer than it takes
   */
  join(employer: object, team: Team): void {
    if (this.#following?.employer === employer) return;
    this.#dismiss();
    if (this.#members.size < team.size) throw new ThreadError("a worker thread has ended.");
    [...this.#members].slice(0, team.size).forEach((member, i) => {
      member.post(team.assignment(i));
    });
    this.#following = { employer, team };
  }

  #dismiss(): void {
    this.#following?.team.dismiss();
    this.#following = undefined;
  }

  /** Ends all workers, whatever they are doing. */
  disband(): void {
    for (const member of this.#members) member.end();
    this.#members.clear();
    this.#following = undefined;
  }
}

export const crew = new Crew();
