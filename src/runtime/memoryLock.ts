import { StateError } from "../errors";
import { Runtime } from "./runtime";

/**
 * Who may use a model's memory. One training at a time; a prediction or evaluation beside it, or beside another, works in a
 * memory of its own with the weights as they are when it begins.
 */
export class Turns {
  #isTraining = false;
  /** A prediction or evaluation under way in the model's own memory. */
  #reading?: Promise<unknown>;
  /** A memory for those that come while that one is in use, kept for the next. */
  #aside?: Runtime;
  /** The runtimes that have been retired. */
  readonly #retired = new WeakSet<Runtime>();

  /** @throws StateError while a training is under way */
  checkIdle(who: string): void {
    if (!this.#isTraining) return;
    throw new StateError(`${who}: the model is being trained. Wait for that to end, or abort it.`);
  }

  /** @throws StateError while anybody uses the model's memory */
  checkFree(who: string): void {
    this.checkIdle(who);
    if (this.#reading) throw new StateError(`${who}: the model is in use. Wait for what it is computing.`);
  }

  /** Two at a time would write the same weights. Waits for who reads them in the same memory. */
  async train<T>(who: string, work: () => Promise<T>): Promise<T> {
    this.checkIdle(who);
    this.#isTraining = true;
    try {
      if (this.#reading) await this.#reading;
      return await work();
    } finally {
      this.#isTraining = false;
      this.#keepAside(undefined);
    }
  }

  /** Works in the model's memory, or while that is in use in one aside. */
  async read<T>(runtime: Runtime, work: (runtime: Runtime) => Promise<T>): Promise<T> {
    if (this.#isTraining || this.#reading) return this.#readAside(runtime, work);
    const result = work(runtime);
    this.#reading = result.catch(() => {});
    try {
      return await result;
    } finally {
      this.#reading = undefined;
    }
  }

  /** Any number of them can be in use at once. */
  async #readAside<T>(runtime: Runtime, work: (runtime: Runtime) => Promise<T>): Promise<T> {
    const { recipe, engineKind } = runtime;
    const aside = this.#aside ?? new Runtime({ ...recipe, threads: 1 }, engineKind, runtime.copyParameters());
    this.#aside = undefined;
    let isKept = false;
    try {
      await runtime.betweenRuns(() => aside.lasting.set(runtime.lasting));
      aside.changedLasting();
      const result = await work(aside);
      isKept = !this.#retired.has(runtime);
      return result;
    } finally {
      if (isKept) this.#keepAside(aside);
      else aside.dispose();
    }
  }

  #keepAside(aside: Runtime | undefined): void {
    this.#aside?.dispose();
    this.#aside = aside;
  }

  /** Gives back the threads of a runtime that another takes the place of, as soon as nobody reads in it. */
  retire(runtime: Runtime | undefined): void {
    if (runtime) this.#retired.add(runtime);
    if (this.#reading) void this.#reading.then(() => runtime?.dispose());
    else runtime?.dispose();
    this.#keepAside(undefined);
  }
}
