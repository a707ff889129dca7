import type { Model } from "wasmgrad";
import { type Book, shareOfWords } from "../book";
import { learn, write } from "../learning";
import type { Report, Step, Wishes } from "./messages";

/** Windows of a step, and of a validation. */
export const BATCH = 16;
const VALIDATION_WINDOWS = 64;
/** Steps that are looked at besides those that are asked for: at first it learns fast. */
const EARLY_STEPS = [20, 50];
/** Characters of a text. */
const LENGTH = 200;
/** Milliseconds from one report of steps to the next. */
const REPORT_MILLISECONDS = 50;

/** What a run needs to know of the trainer that it belongs to. */
export interface Surroundings {
  readonly book: Book;
  readonly words: ReadonlySet<string>;
  readonly wishes: () => Wishes;
  readonly tell: (report: Report) => void;
}

/** One model on its way: trains, writes, and waits when it is asked to. */
export class Run {
  readonly #ended = new AbortController();
  /** Lets the training go on. */
  #goOn: (() => void) | undefined;
  #wantsPause = false;
  #wantsText = false;
  #steps: Step[] = [];
  #lastReport = 0;
  #stepBegan = 0;
  #texts = 0;
  #isFinished = false;

  constructor(
    readonly model: Model,
    private readonly seed: number,
    public step: number,
    /** The step that it ends at. */
    public lastStep: number,
    private readonly around: Surroundings,
  ) {}

  /** Trains to the last step. Ends early, without an error, when it was ended. */
  async train(): Promise<void> {
    const { signal } = this.#ended;
    try {
      this.#isFinished = false;
      this.#wantsPause = false;
      this.#tellState("running");
      if (this.#texts === 0) await this.#look();
      const before = this.step;
      this.#stepBegan = performance.now();
      await learn(this.model, this.around.book, {
        steps: this.lastStep - before,
        batchSize: BATCH,
        // Another order when it goes on.
        seed: this.seed + before,
        signal,
        onStep: (step, loss) => this.#onStep(before + step, loss),
      });
      this.#isFinished = true;
      this.#flush();
      this.#tellState("finished");
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  async #onStep(step: number, loss: number): Promise<void> {
    const now = performance.now();
    this.step = step;
    this.#steps.push({ step, loss, seconds: (now - this.#stepBegan) / 1000 });
    if (now - this.#lastReport >= REPORT_MILLISECONDS) this.#flush();
    const isDue = step % this.around.wishes().writeEvery === 0 || EARLY_STEPS.includes(step) || step === this.lastStep;
    if (isDue) await this.#look();
    while (this.#wantsPause || this.#wantsText) {
      if (this.#wantsText) await this.#write();
      else await this.#wait();
    }
    this.#ended.signal.throwIfAborted();
    this.#stepBegan = performance.now();
  }

  /** Waits until it is asked for something. */
  async #wait(): Promise<void> {
    this.#flush();
    this.#tellState("paused");
    await new Promise<void>((resolve) => {
      this.#goOn = resolve;
    });
    this.#goOn = undefined;
    if (!this.#wantsPause && !this.#ended.signal.aborted) this.#tellState("running");
  }

  #flush(): void {
    this.#lastReport = performance.now();
    if (this.#steps.length > 0) this.around.tell({ type: "steps", steps: this.#steps });
    this.#steps = [];
  }

  #tellState(state: "running" | "paused" | "finished"): void {
    this.around.tell({ type: "state", state, steps: this.lastStep });
  }

  /** How good it is on what it never saw, and what it writes. */
  async #look(): Promise<void> {
    this.#flush();
    const { book, tell } = this.around;
    const { loss } = await this.model.evaluate(book.validation.take(VALIDATION_WINDOWS), { batchSize: 32 });
    tell({ type: "validation", step: this.step, loss });
    await this.#write();
  }

  async #write(): Promise<void> {
    this.#wantsText = false;
    const { words, tell, wishes } = this.around;
    const { prompt, temperature } = wishes();
    const id = this.#texts++;
    tell({ type: "text", id, step: this.step, prompt, temperature });
    let text = "";
    const { signal } = this.#ended;
    for await (const piece of write(this.model, {
      prompt,
      length: LENGTH,
      temperature,
      seed: this.seed + id,
      signal,
    })) {
      text += piece;
      tell({ type: "piece", id, piece });
    }
    tell({ type: "written", id, shareOfWords: shareOfWords(prompt, text, words) });
  }

  pause(): void {
    this.#wantsPause = true;
  }

  resume(): void {
    this.#wantsPause = false;
    this.#goOn?.();
  }

  /** Writes a text now: between two steps, while it is paused, or at the end. */
  async writeNow(): Promise<void> {
    if (this.#isFinished) return this.#write();
    this.#wantsText = true;
    this.#goOn?.();
  }

  /** Ends it for good and gives its memory back. */
  end(): void {
    this.#ended.abort();
    this.#goOn?.();
  }
}
