import type { Kind } from "../compiler/compile";
import { SLICE_STEPS } from "../runtime/memoryMap";
import { DataError } from "../errors";
import type { ReadyProgram, Runtime } from "../runtime/runtime";
import { untilAborted } from "../platform/untilAborted";
import { closeFeed } from "./closeFeed";
import { breathe, SLICE_MILLISECONDS } from "../platform/breathe";
import type { Feed, Portion } from "./feed";
import { evaluationStep } from "../program/stepNumbers";
import type { TrainingState } from "./fit";
import { learningRateAt } from "../optimizers/optimizers";
import { Measures, type Results } from "./results";

/** Steps one after the other over a portion: full batches, then the rest as one smaller batch. */
export interface StepRun {
  readonly program: ReadyProgram;
  /** First step, counted in the portion. */
  readonly first: number;
  readonly steps: number;
}

export function stepCount({ count, batchSize }: Portion): number {
  return Math.ceil(count / batchSize);
}

/** The longest run from a step on that one program can do, at most `limit` steps. */
export function nextRun(runtime: Runtime, kind: Kind, portion: Portion, first: number, limit: number): StepRun {
  const { count, batchSize, feeds } = portion;
  const fullBatches = Math.floor(count / batchSize);
  if (first < fullBatches) {
    const steps = Math.min(limit, SLICE_STEPS, fullBatches - first);
    return { program: runtime.program(kind, batchSize, feeds), first, steps };
  }
  return { program: runtime.program(kind, count - fullBatches * batchSize, feeds), first, steps: 1 };
}

/** Byte address of the sample numbers of a step. */
export function orderOf({ order, batchSize }: Portion, step: number): number {
  return order + 4 * step * batchSize;
}

/**
 * Does a run; returns the steps completed, by a promise when it is done elsewhere: awaiting everything would cost more than
 * a step of a tiny net. Their losses are at the front of `runtime.losses`.
 */
export function runSteps(
  runtime: Runtime,
  portion: Portion,
  { program, first, steps }: StepRun,
  stepIndex = 0,
): number | Promise<number> {
  const { learningRates, losses } = runtime.map;
  return runtime.engine.run(program.loaded, {
    firstStep: stepIndex,
    stepCount: steps,
    order: orderOf(portion, first),
    learningRates,
    losses,
  });
}

/** Writes down the learning rates of coming steps. */
export function setLearningRates(
  { recipe }: Runtime,
  { stepIndex, learningRate }: TrainingState,
  steps: number,
  learningRates: Float64Array,
): void {
  for (let i = 0; i < steps; i++) learningRates[i] = learningRate ?? learningRateAt(recipe.optimizer!, stepIndex + i);
}

/** Finds out how many steps fit between two breaths, from how long the last ones took. */
export class StepBudget {
  #stepsPerSlice = 1;
  #lastBreath = performance.now();
  readonly #sliceMilliseconds: number;

  constructor({ engine }: Runtime) {
    this.#sliceMilliseconds = engine.sliceMilliseconds ?? SLICE_MILLISECONDS;
  }

  /** Steps to do next. */
  get steps(): number {
    return this.#stepsPerSlice;
  }

  /** Tells of a run that began at `start`; true when it is time to breathe. */
  ran(steps: number, start: number): boolean {
    const now = performance.now();
    const affordable = (steps * this.#sliceMilliseconds) / Math.max(now - start, 0.001);
    this.#stepsPerSlice = Math.max(1, Math.min(Math.floor(affordable), 4 * this.#stepsPerSlice, SLICE_STEPS));
    return this.isOver(now);
  }

  /** Whether it is time to breathe. */
  isOver(now: number): boolean {
    return now - this.#lastBreath >= this.#sliceMilliseconds;
  }

  async breathe(): Promise<void> {
    await breathe();
    this.#lastBreath = performance.now();
  }
}

/** One pass over data without training: mean loss and metrics. */
export async function evaluatePass(runtime: Runtime, feed: Feed, signal?: AbortSignal): Promise<Results> {
  let hasFailed = true;
  try {
    const results = await evaluatePortions(runtime, feed, signal);
    hasFailed = false;
    return results;
  } finally {
    await closeFeed(feed, hasFailed);
  }
}

async function evaluatePortions(runtime: Runtime, feed: Feed, signal?: AbortSignal): Promise<Results> {
  let measures = new Measures(runtime, "evaluate");
  measures.clear();
  let { losses, map } = runtime;
  const budget = new StepBudget(runtime);
  let lossSum = 0;
  let samples = 0;
  let batches = 0;
  for (let index = 0; ; index++) {
    const next = feed.next(0, index);
    const portion = next instanceof Promise ? await untilAborted(next, signal) : next;
    if (!portion) break;
    if (map !== runtime.map) {
      // Longer sequences have come, for which memory was laid out anew.
      measures = new Measures(runtime, "evaluate");
      ({ losses, map } = runtime);
    }
    for (let step = 0; step < stepCount(portion); ) {
      const run = nextRun(runtime, "evaluate", portion, step, budget.steps);
      const { batchSize } = run.program.loaded.program;
      const start = performance.now();
      const pending = runSteps(runtime, portion, run, evaluationStep(batches));
      if (typeof pending !== "number") await pending;
      for (let i = 0; i < run.steps; i++) lossSum += losses[i] * batchSize;
      samples += run.steps * batchSize;
      batches += run.steps;
      step += run.steps;
      if (budget.ran(run.steps, start)) await budget.breathe();
      signal?.throwIfAborted();
    }
  }
  if (samples === 0) throw new DataError("evaluate: the dataset is empty.");
  return measures.results(lossSum / samples);
}
