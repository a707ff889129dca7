import { breatheBefore } from "../platform/breathe";
import { DataError, InternalError, ThreadError } from "../errors";
import { untilAborted } from "../platform/untilAborted";
import type { MemoryMap } from "../runtime/memoryMap";
import type { Runtime } from "../runtime/runtime";
import type { Callback, FitContext, TrainingOutcome } from "./callback";
import { Checkpoint, findNonFiniteWeight, type Moment } from "./checkpoint";
import { closeFeed } from "./closeFeed";
import { breatheAmid, type Feed, type Portion } from "./feed";
import { type History, type Logs, validationName } from "./history";
import { evaluatePass, nextRun, StepBudget, runSteps, type StepRun, setLearningRates, stepCount } from "./pass";
import { ProgressHooks } from "./progressHooks";
import { Measures } from "./results";
import type { FailedTraining } from "./rewind";

/** What `fit` needs to know besides the data. */
export interface FitSettings {
  readonly epochs: number;
  readonly initialEpoch: number;
  readonly callbacks: readonly Callback[];
  readonly signal?: AbortSignal | undefined;
  /** Whether the first loss that is not finite ends the training; else its step is left out. */
  readonly terminateOnNaN: boolean;
}

/** What training changes in a model besides its weights. */
export interface TrainingState {
  /** Updates done since the model was compiled. */
  stepIndex: number;
  /** Updates done before that: random draws go on where they were. */
  readonly pastSteps: number;
  /** Epochs of `fit` done over the model's life: the next one sees the samples in the order of this number. */
  epochIndex: number;
  /** A rate that a callback set; overrides the optimizer's. */
  learningRate?: number;
}

/** Milliseconds of training that are done again, at worst, to find the last finite weights. */
const CHECKPOINT_MILLISECONDS = 250;
/** Milliseconds after an abort in which steps that run elsewhere must have ended. */
const ABORT_MILLISECONDS = 1000;

/** The training loop: slices of steps inside the engine, and between them everything a person wants to know. */
export class Fit {
  readonly #budget: StepBudget;
  readonly #hasBatchHooks: boolean;
  readonly #progress: ProgressHooks;
  /** What to add to the number of an epoch of this call to get that over the model's life. */
  readonly #firstWalk: number;
  #measures!: Measures;
  #losses!: Float64Array;
  #learningRates!: Float64Array;
  /** What these are places of. */
  #map!: MemoryMap;
  #checkpoint?: Checkpoint;
  #previousCheckpoint?: Checkpoint;
  #checkpointTime = Number.NEGATIVE_INFINITY;
  #isStopped = false;
  /** A callback may have changed weights or learning rate in the middle of an epoch. */
  #mayHaveChanged = false;
  /** What the last slice worked on. */
  #portion?: Portion;
  #moment?: Moment;
  #lossSum = 0;
  #samples = 0;
  #steps = 0;
  /** Of the last slice. */
  #sliceLossSum = Number.NaN;
  #sliceSamples = 0;
  /** Results of the last complete epoch. */
  #logs: Logs = {};

  constructor(
    private readonly runtime: Runtime,
    private readonly feed: Feed,
    private readonly validation: Feed | undefined,
    private readonly state: TrainingState,
    private readonly settings: FitSettings,
    private readonly context: FitContext,
    private readonly history: History,
  ) {
    this.#hasBatchHooks = settings.callbacks.some(({ onBatchBegin, onBatchEnd }) => onBatchBegin ?? onBatchEnd);
    this.#progress = new ProgressHooks(settings.callbacks, context);
    this.#budget = new StepBudget(runtime);
    this.#firstWalk = state.epochIndex - settings.initialEpoch;
    this.#locate();
  }

  /** Finds what it reads and writes in the memory, which is laid out anew when a stream brings longer sequences than before. */
  #locate(): void {
    const { map, losses, learningRates } = this.runtime;
    if (map === this.#map) return;
    this.#map = map;
    this.#measures = new Measures(this.runtime, "train");
    this.#losses = losses;
    this.#learningRates = learningRates;
  }

  /** Ends the training as soon as the epoch under way is over; with batch hooks, the step. */
  stop(): void {
    this.#isStopped = true;
  }

  /** The mean loss of the steps of the last slice. */
  get batchLoss(): number {
    return this.#sliceLossSum / this.#sliceSamples;
  }

  async run(): Promise<History> {
    const { signal } = this.settings;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const onAbort = () => {
      timer = setTimeout(() => this.runtime.giveUp(), ABORT_MILLISECONDS);
    };
    if (this.runtime.mayLoseThreads) signal?.addEventListener("abort", onAbort, { once: true });
    let hasFailed = true;
    try {
      await this.#run();
      hasFailed = false;
      return this.history;
    } catch (error) {
      const found = error instanceof ThreadError || error instanceof InternalError ? this.#goBack(error) : error;
      if (!signal?.aborted || (error !== signal.reason && !(error instanceof ThreadError))) throw found;
      await this.#endAborted();
      throw signal.reason;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
      this.#checkpoint?.release(this.runtime);
      this.#previousCheckpoint?.release(this.runtime);
      await closeFeed(this.feed, hasFailed);
    }
  }

  async #run(): Promise<void> {
    const { epochs, initialEpoch, callbacks, signal } = this.settings;
    for (const callback of callbacks) await callback.onTrainBegin?.(this.context);
    for (let epoch = initialEpoch; epoch < epochs && !this.#isStopped; epoch++) {
      for (const callback of callbacks) await callback.onEpochBegin?.(epoch, this.context);
      signal?.throwIfAborted();
      // Awaiting even a settled promise costs more than a step of a tiny net.
      const pause = this.#trainEpoch(epoch);
      if (pause) await pause;
      if (this.#steps === 0) throw new DataError(`fit: the dataset is empty in epoch ${epoch}.`);
      this.state.epochIndex++;
      const logs = this.#epochLogs();
      if (this.validation) await this.#validate(this.validation, logs);
      for (const callback of callbacks) await callback.onEpochEnd?.(epoch, logs, this.context);
      this.history.record(epoch, logs);
      this.#logs = logs;
      signal?.throwIfAborted();
    }
    await untilAborted(this.#progress.settle(), signal);
    await this.#checkWeights();
    await this.#tellEnd(this.#isStopped ? "stopped" : "completed");
  }

  async #tellEnd(outcome: TrainingOutcome): Promise<void> {
    const context = Object.assign(this.context, { outcome });
    for (const callback of this.settings.callbacks) await callback.onTrainEnd?.(this.#logs, context);
  }

  /** The abort is what `fit` rejects with, whatever callbacks say to it. */
  async #endAborted(): Promise<void> {
    try {
      await this.#tellEnd("aborted");
    } catch (error) {
      console.warn("wasmgrad: onTrainEnd failed after the training was aborted:", error);
    }
  }

  #next(epoch: number, portion: number): ReturnType<Feed["next"]> {
    return this.feed.next(this.#firstWalk + epoch, portion);
  }

  /** Trains one epoch; returns a promise only when it could not be done in one go. */
  #trainEpoch(epoch: number): Promise<void> | undefined {
    this.#locate();
    this.#measures.clear();
    this.#lossSum = 0;
    this.#samples = 0;
    this.#steps = 0;
    const portion = this.#next(epoch, 0);
    if (!(portion instanceof Promise) && portion && stepCount(portion) === 1 && !this.#hasBatchHooks) {
      return this.#trainSingleStep(portion, epoch);
    }
    return this.#trainPortions(epoch, portion);
  }

  /** An epoch of one step: what a table of five samples does a million times a second. */
  #trainSingleStep(portion: Portion, epoch: number): Promise<void> | undefined {
    const start = performance.now();
    const isSilent = !this.#progress.areThere;
    // A look at the clock takes a tenth of such an epoch: without progress to tell of, one before the step is enough.
    if (isSilent && this.#budget.isOver(start)) return this.#breatheBeforeStep(portion, epoch);
    const pending = this.#trainSlice(portion, { epoch, portion: 0, step: 0 }, start);
    if (typeof pending !== "number") return this.#awaitSingleStep(pending, epoch, start);
    if (isSilent) return undefined;
    return this.#budget.ran(1, start) ? this.#breathe(epoch) : undefined;
  }

  async #breatheBeforeStep(portion: Portion, epoch: number): Promise<void> {
    await this.#breathe(epoch);
    return this.#trainSingleStep(portion, epoch);
  }

  async #awaitSingleStep(pending: Promise<number>, epoch: number, start: number): Promise<void> {
    await pending;
    if (this.#budget.ran(1, start)) await this.#breathe(epoch);
  }

  async #trainPortions(epoch: number, first: ReturnType<Feed["next"]>): Promise<void> {
    const { callbacks, signal } = this.settings;
    const wait = (next: typeof first) => (next instanceof Promise ? untilAborted(next, signal) : next);
    let portion = await wait(first);
    if (portion && !this.#checkpoint) await this.#prepare(portion);
    for (let index = 0; portion; index++) {
      this.#locate();
      for (let step = 0; step < stepCount(portion); ) {
        if (this.#hasBatchHooks) {
          for (const callback of callbacks) await callback.onBatchBegin?.(this.#steps, this.context);
          signal?.throwIfAborted();
        }
        const start = performance.now();
        const pending = this.#trainSlice(portion, { epoch, portion: index, step }, start);
        const steps = typeof pending === "number" ? pending : await pending;
        step += steps;
        if (this.#hasBatchHooks) {
          const logs = this.#epochLogs();
          for (const callback of callbacks) await callback.onBatchEnd?.(this.#steps - 1, logs, this.context);
          signal?.throwIfAborted();
        }
        if (this.#budget.ran(steps, start)) await this.#breathe(epoch);
        if (this.#isStopped && this.#hasBatchHooks) return;
      }
      portion = await wait(this.#next(epoch, index + 1));
    }
  }

  /** Writes down the first program, apart from the order before it and the steps behind it, so that no task takes long. */
  async #prepare(portion: Portion): Promise<void> {
    await breatheAmid(this.feed);
    nextRun(this.runtime, "train", portion, 0, 1);
    await breatheAmid(this.feed);
  }

  /** Runs as many steps as fit between two breaths; returns how many of the portion are behind it. */
  #trainSlice(portion: Portion, moment: Moment, now: number): number | Promise<number> {
    this.#portion = portion;
    this.#moment = moment;
    const copying = this.#keepCheckpoint(moment, now);
    return copying
      ? copying.then(breatheBefore).then(() => this.#runSlice(portion, moment))
      : this.#runSlice(portion, moment);
  }

  #runSlice(portion: Portion, moment: Moment): number | Promise<number> {
    const run = nextRun(this.runtime, "train", portion, moment.step, this.#stepLimit(portion, moment.step));
    setLearningRates(this.runtime, this.state, run.steps, this.#learningRates);
    const completed = runSteps(this.runtime, portion, run, this.state.stepIndex);
    // No closure here: it would cost more than a step of a tiny net, promise or not.
    if (typeof completed === "number") return this.#count(run, moment, completed);
    return this.#countLater(run, moment, completed);
  }

  async #countLater(run: StepRun, moment: Moment, completed: Promise<number>): Promise<number> {
    return this.#count(run, moment, await completed);
  }

  /** Notes what a run has done; returns how many steps of the portion are behind it. */
  #count(run: StepRun, moment: Moment, completed: number): number | Promise<number> {
    const { batchSize } = run.program.loaded.program;
    let lossSum = 0;
    for (let i = 0; i < completed; i++) {
      const loss = this.#losses[i] * batchSize;
      this.#lossSum += loss;
      lossSum += loss;
    }
    this.state.stepIndex += completed;
    this.#samples += completed * batchSize;
    this.#steps += completed;
    this.#sliceLossSum = lossSum;
    this.#sliceSamples = completed * batchSize;
    if (completed < run.steps) {
      if (this.settings.terminateOnNaN) return this.#failNonFinite(run, { ...moment, step: moment.step + completed });
      this.#lossSum = this.#sliceLossSum = Number.NaN;
      this.#samples += batchSize;
      this.#steps++;
      return completed + 1;
    }
    return completed;
  }

  /** Most steps of a slice. The last one of a portion that cannot be had again begins with a checkpoint. */
  #stepLimit(portion: Portion, step: number): number {
    if (this.#hasBatchHooks) return 1;
    const rest = stepCount(portion) - 1 - step;
    return this.feed.canReplay || rest === 0 ? this.#budget.steps : Math.min(this.#budget.steps, rest);
  }

  #epochLogs(): Logs {
    return this.#measures.logs(this.#lossSum / this.#samples);
  }

  async #validate(validation: Feed, logs: Logs): Promise<void> {
    const results = await evaluatePass(this.runtime, validation, this.settings.signal);
    for (const [name, value] of Object.entries(results)) {
      if (typeof value === "number") logs[validationName(name)] = value;
    }
  }

  async #breathe(epoch: number): Promise<void> {
    const progress = this.#progress;
    if (progress.areThere) {
      const { batchLoss } = this;
      progress.tell({ epoch, step: this.#steps, samples: this.#samples, logs: this.#epochLogs(), batchLoss });
      this.#mayHaveChanged = true;
    }
    await this.#budget.breathe();
    this.settings.signal?.throwIfAborted();
    progress.check();
  }

  /**
   * Remembers the weights from time to time, and whenever a callback or a stream may have changed what would happen if
   * the steps since were done again.
   */
  #keepCheckpoint(moment: Moment, now: number): Promise<void> | undefined {
    const isDue = now - this.#checkpointTime > CHECKPOINT_MILLISECONDS;
    const isPure = this.settings.callbacks.length === 0 && this.feed.canReplay;
    if (!isDue && (isPure || !this.#isBoundary(moment))) return undefined;
    this.#mayHaveChanged = false;
    const { stepIndex, learningRate } = this.state;
    const spare = this.#previousCheckpoint;
    this.#previousCheckpoint = this.#checkpoint;
    this.#checkpoint = new Checkpoint(this.runtime, moment, stepIndex, learningRate, spare);
    this.#checkpointTime = now;
    return this.#checkpoint.copying;
  }

  /** Whether what came before this moment cannot be done again by running its steps. */
  #isBoundary({ step }: Moment): boolean {
    const isLastOfStream = !this.feed.canReplay && step === stepCount(this.#portion!) - 1;
    return step === 0 || isLastOfStream || this.#hasBatchHooks || this.#mayHaveChanged;
  }

  /** Leaves the step in which a thread was lost or a kernel failed, whose update may be half done. */
  #goBack(cause: ThreadError | InternalError): ThreadError | InternalError {
    const checkpoint = this.#checkpoint;
    if (this.runtime.engine.isBroken && checkpoint) {
      checkpoint.restore(this.runtime);
      this.state.stepIndex = checkpoint.stepIndex;
      this.state.learningRate = checkpoint.learningRate;
    }
    const place = `The model is at step ${this.state.stepIndex}, and can be trained on.`;
    const Kind = cause instanceof ThreadError ? ThreadError : InternalError;
    return new Kind(`fit: ${cause.message} ${place}`, { cause });
  }

  async #failNonFinite(run: StepRun, failed: Moment): Promise<never> {
    const { nonFiniteLoss } = await import("./rewind");
    throw await nonFiniteLoss(this.#failedTraining(failed), run);
  }

  /** The last update of a training has no later loss that would show it. */
  async #checkWeights(): Promise<void> {
    const weight = this.settings.terminateOnNaN && this.#moment ? findNonFiniteWeight(this.runtime) : undefined;
    if (!weight) return;
    const { nonFiniteWeight } = await import("./rewind");
    throw await nonFiniteWeight(this.#failedTraining(this.#moment!), weight);
  }

  #failedTraining(failed: Moment): FailedTraining {
    const { runtime, feed, state } = this;
    const checkpoints = [this.#checkpoint!, this.#previousCheckpoint] as const;
    return { runtime, feed, state, checkpoints, portion: this.#portion!, failed, firstWalk: this.#firstWalk };
  }
}
