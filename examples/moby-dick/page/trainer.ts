import { loadModel, type Model } from "wasmgrad";
import { boundsOf, readBook, wordsOf } from "../book";
import { CONTEXT, makeGpt, sizes } from "../gpt";
import { loadText } from "./corpus";
import type { NewModel, Port, Report, Request, Wishes } from "./messages";
import { BATCH, Run, type Surroundings } from "./run";

/** The smallest module there is. Compiling it shows whether the page may. */
const EMPTY_MODULE = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
const MOST_THREADS = 4;

function hasWebAssembly(): boolean {
  try {
    return new WebAssembly.Module(EMPTY_MODULE) instanceof WebAssembly.Module;
  } catch {
    return false;
  }
}

/** One core stays free for the page to draw. Threads are workers, and share memory on cross-origin isolated pages only. */
function chooseThreads(): number {
  if (!globalThis.crossOriginIsolated || typeof Worker !== "function") return 1;
  return Math.max(1, Math.min(MOST_THREADS, navigator.hardwareConcurrency - 1));
}

/** The step that a model file was saved at: its header is JSON, behind eight bytes with its length. */
function stepOf(file: Uint8Array): number {
  const length = new DataView(file.buffer, file.byteOffset).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length)));
  return JSON.parse(header.__metadata__.wasmgrad).training?.step ?? 0;
}

const weightsOf = async (model: Model) =>
  Object.values(await model.getWeights()).reduce((sum, { size }) => sum + size, 0);

/** Loads the book, and trains one model after the other as the page asks. The same in a worker and on the page's own thread. */
class Trainer {
  #around!: Surroundings;
  #wishes!: Wishes;
  #run: Run | undefined;
  /** The training that goes on. */
  #training: Promise<void> = Promise.resolve();

  constructor(private readonly port: Port) {}

  #tell = (report: Report): void => {
    this.port.postMessage(report, report.type === "saved" ? [report.bytes.buffer] : []);
  };

  async handle(request: Request): Promise<void> {
    switch (request.type) {
      case "open":
        this.#wishes = request.wishes;
        await this.#readBook(request.corpusUrl);
        return this.#begin(this.#make(request.model), request.model.seed, 0, request.steps);
      case "restart":
        return this.#begin(this.#make(request.model), request.model.seed, 0, request.steps);
      case "load":
        return this.#load(request.bytes, request.steps);
      case "wishes":
        this.#wishes = request.wishes;
        return;
      case "more":
        return this.#goOn(request.steps);
      case "pause":
        return this.#run?.pause();
      case "resume":
        return this.#run?.resume();
      case "write":
        return this.#run?.writeNow();
      case "save": {
        const bytes = this.#run!.model.toBytes() as Uint8Array<ArrayBuffer>;
        return this.#tell({ type: "saved", step: this.#run!.step, bytes });
      }
    }
  }

  async #readBook(url: string): Promise<void> {
    const corpus = await loadText(url, (loaded, total) => this.#tell({ type: "loading", loaded, total }));
    this.#tell({ type: "reading" });
    const book = readBook(corpus);
    this.#around = { book, words: wordsOf(corpus), wishes: () => this.#wishes, tell: this.#tell };
    const { tokenizer, train } = book;
    const alphabet = Array.from({ length: tokenizer.vocabularySize }, (_, id) => tokenizer.decode([id]));
    const bounds = boundsOf(train, tokenizer.vocabularySize);
    this.#tell({ type: "book", characters: corpus.length, alphabet, bounds });
  }

  #make({ size, seed }: NewModel): Model {
    const { tokenizer } = this.#around.book;
    const place = hasWebAssembly() ? { threads: chooseThreads() } : { engine: "js" as const };
    const gpt = makeGpt(tokenizer.vocabularySize, seed, sizes[size], place);
    gpt.tokenizer = tokenizer;
    return gpt;
  }

  /** Goes on with a model from a file, with the optimizer's state. */
  async #load(bytes: Uint8Array, steps: number): Promise<void> {
    const { tokenizer } = this.#around.book;
    try {
      // The file cannot keep a rate that is a function; both sizes get on with this one.
      const { learningRate } = sizes.large;
      const model = (await loadModel(bytes, { learningRate })) as Model;
      const isOurs = model.name === "gpt" && model.tokenizer?.vocabularySize === tokenizer.vocabularySize;
      if (!isOurs) throw new Error(`expects a model of ${CONTEXT} characters that this page has saved.`);
      await this.#begin(model, 1, stepOf(bytes), steps, 1);
    } catch (error) {
      this.#tell({ type: "refused", message: `This file cannot be used: ${messageOf(error)}` });
    }
  }

  async #begin(model: Model, seed: number, step: number, steps: number, threads = chooseThreads()): Promise<void> {
    const before = this.#run;
    before?.end();
    await this.#training;
    before?.model.dispose();
    const weights = await weightsOf(model);
    const run = new Run(model, seed, step, step + steps, this.#around);
    this.#run = run;
    const hasWasm = hasWebAssembly();
    const place = { threads: hasWasm ? threads : 1, hasWebAssembly: hasWasm };
    this.#tell({ type: "began", step, steps: step + steps, weights, batchSize: BATCH, context: CONTEXT, ...place });
    this.#train(run);
  }

  #goOn(steps: number): void {
    const run = this.#run!;
    run.lastStep = run.step + steps;
    this.#train(run);
  }

  /** Is not waited for: requests come meanwhile. */
  #train(run: Run): void {
    this.#training = run.train().catch((error) => this.fail(error));
  }

  fail(error: unknown): void {
    console.debug(error);
    this.#tell({ type: "failed", message: messageOf(error) });
  }
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** Answers what comes through a port. */
export function listen(port: Port): void {
  const trainer = new Trainer(port);
  // One request after the other, in the order in which they came; a training goes on between them.
  let last: Promise<void> = Promise.resolve();
  port.addEventListener("message", ({ data }) => {
    last = last.then(() => trainer.handle(data as Request)).catch((error) => trainer.fail(error));
  });
}
