import { StateError } from "../errors";
import type { Runtime } from "./runtime";

/** A training under way. */
interface Training {
  readonly signal?: AbortSignal;
  /** Fulfilled when it is over, however it ended. */
  readonly ended: Promise<unknown>;
}

/** Work that is done one piece after the other. */
class Queue {
  /** Settled when the last piece is done; undefined when there is none. */
  #last?: Promise<unknown>;

  /** Fulfilled when all that is waiting now is done. */
  get drained(): Promise<unknown> | undefined {
    return this.#last;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last ? this.#last.then(work) : work();
    const settled = result.then(ignore, ignore);
    this.#last = settled;
    try {
      return await result;
    } finally {
      if (this.#last === settled) this.#last = undefined;
    }
  }
}

function ignore(): void {}

/** A memory to read in, and who waits for it. */
class Lane {
  readonly queue = new Queue();
  /** Pieces of work, waiting or under way, that wait for a source of their own, which may ask for a prediction itself. */
  streamCount = 0;
  /** A memory beside that of a runtime; the first lane works in the runtime's own. */
  beside?: { readonly runtime: Runtime; readonly memory: Runtime };

  memoryBeside(runtime: Runtime): Runtime {
    if (this.beside?.runtime !== runtime) this.drop();
    this.beside ??= { runtime, memory: runtime.makeAside() };
    return this.beside.memory;
  }

  drop(): void {
    this.beside?.memory.dispose();
    this.beside = undefined;
  }
}

/** Memories of one model at most. */
const MOST_LANES = 4;

/**
 * Who may use a model's memory. One training at a time. Predictions and evaluations queue: beside a training in a second
 * memory, with the weights as they are when their turn comes; and beside work that waits for a stream, as the stream may
 * wait for them.
 */
export class MemoryLock {
  #training?: Training;
  readonly #lanes: Lane[] = [new Lane()];

  /**
   * Refuses a second training. One that has been aborted and is about to end is waited for.
   *
   * @throws StateError while a training is under way
   */
  checkIdle(who: string, canWait = false): void {
    if (!this.#training || (canWait && this.#training.signal?.aborted)) return;
    throw new StateError(`${who}: the model is being trained. Wait for that to end, or abort it.`);
  }

  /** @throws StateError while anybody uses the model's memory */
  checkFree(who: string): void {
    this.checkIdle(who);
    if (this.#lanes[0].queue.drained)
      throw new StateError(`${who}: the model is in use. Wait for what it is computing.`);
  }

  /** Two at a time would write the same weights. Waits for who reads them in the same memory. */
  async train<T>(who: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    while (this.#training) {
      this.checkIdle(who, true);
      await this.#training.ended;
    }
    let end!: () => void;
    this.#training = { signal, ended: new Promise<void>((resolve) => (end = resolve)) };
    try {
      const reads = this.#lanes[0].queue.drained;
      if (reads) await reads;
      return await work();
    } finally {
      this.#training = undefined;
      end();
      for (const lane of this.#lanes.slice(1)) this.#dropWhenIdle(lane);
    }
  }

  /**
   * Works in the model's memory, or where that is in use in one beside it.
   *
   * @param isStream whether the work waits for data that come by and by
   */
  async read<T>(runtime: Runtime, work: (memory: Runtime) => Promise<T>, isStream = false): Promise<T> {
    const lane = this.#chooseLane();
    if (isStream) lane.streamCount++;
    try {
      return await lane.queue.run(() =>
        lane === this.#lanes[0] ? work(runtime) : this.#readBeside(lane, runtime, work),
      );
    } finally {
      if (isStream) lane.streamCount--;
    }
  }

  #chooseLane(): Lane {
    for (let i = this.#training ? 1 : 0; ; i++) {
      this.#lanes[i] ??= new Lane();
      if (this.#lanes[i].streamCount === 0 || i === MOST_LANES - 1) return this.#lanes[i];
    }
  }

  async #readBeside<T>(lane: Lane, runtime: Runtime, work: (memory: Runtime) => Promise<T>): Promise<T> {
    const memory = lane.memoryBeside(runtime);
    const updating = runtime.copies.update();
    if (updating) await updating;
    await runtime.betweenRuns(() => memory.persistent.set(runtime.persistent));
    memory.writesSlots();
    memory.changedPersistent();
    return work(memory);
  }

  #dropWhenIdle(lane: Lane): void {
    const reads = lane.queue.drained;
    if (reads) void reads.then(() => !this.#training && lane.drop());
    else lane.drop();
  }

  /** Gives back the threads of a runtime that another takes the place of, as soon as nobody reads in it. */
  retire(runtime: Runtime | undefined): void {
    const reads = this.#lanes[0].queue.drained;
    if (reads) void reads.then(() => runtime?.dispose());
    else runtime?.dispose();
    for (const lane of this.#lanes.slice(1)) this.#dropWhenIdle(lane);
  }
}
