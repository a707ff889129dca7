import type { Kind } from "../compiler/compile";
import { NonFiniteError } from "../errors";
import { columnBytes, programsFor, ResidentFeed, type Portion } from "../training/feed";
import { findNonFinite } from "../training/findNonFinite";
import { learningRateAt } from "../optimizers/optimizers";
import { runSteps } from "../training/pass";
import { Measures, type Results } from "../training/results";
import type { Samples } from "../training/samples";
import type { Compiled } from "./model";
import { type Gradients, readGradients } from "../training/gradients";
import type { Weight } from "../compiler/weightTable";
import type { MemoryMap } from "../runtime/memoryMap";
import type { ReadyProgram, Runtime } from "../runtime/runtime";

/** A step of one batch that lies in memory. */
interface Step {
  readonly program: ReadyProgram;
  readonly portion: Portion;
}

/** The sums of metrics under each memory map: making them anew would take longer than a small step. */
const measures = new WeakMap<MemoryMap, Measures>();

function measuresOf(runtime: Runtime): Measures {
  const known = measures.get(runtime.map);
  if (known) return known;
  const made = new Measures(runtime, "train");
  measures.set(runtime.map, made);
  return made;
}

/** Makes room for a step of one batch; returns a promise when there was none. */
export function reserveFor(runtime: Runtime, kind: Kind, samples: Samples): Promise<void> | undefined {
  const { count, sampleWeights } = samples;
  const dataBytes = columnBytes(samples);
  const need = { [`${kind}Batch`]: count, order: count, dataBytes, weighted: sampleWeights ? 1 : 0 } as const;
  return runtime.reserve(need, programsFor(runtime.recipe, kind, samples, count, count));
}

/** Loads one batch, for which there is room, and the program for a step of it. Few samples are loaded before this returns. */
function prepare(runtime: Runtime, kind: Kind, samples: Samples): Step | Promise<Step> {
  const feed = new ResidentFeed(samples, samples.count);
  const begin = (): Step => {
    measuresOf(runtime).clear();
    const portion = feed.next(0, 0)!;
    return { portion, program: runtime.program(kind, samples.count, portion.feeds) };
  };
  const loading = feed.load(runtime, kind, 0, 0);
  return loading ? loading.then(begin) : begin();
}

/**
 * Trains one batch, for which there is room; results are those before the update.
 *
 * @throws NonFiniteError when the loss is not finite: nothing has changed then
 */
export async function trainStep({ recipe, runtime, state }: Compiled, samples: Samples): Promise<Results> {
  const preparing = prepare(runtime, "train", samples);
  const { program, portion } = preparing instanceof Promise ? await preparing : preparing;
  runtime.learningRates[0] = state.learningRate ?? learningRateAt(recipe.optimizer!, state.stepIndex);
  const running = runSteps(runtime, portion, { program, first: 0, steps: 1 }, state.stepIndex);
  const completed = typeof running === "number" ? running : await running;
  if (completed === 0) {
    const step = { index: state.stepIndex, order: portion.order / 4, learningRate: 0 };
    const { layer, what } = findNonFinite(runtime, program, step);
    const message = `trainOnBatch: the loss is not finite: the ${what} is the first to hold NaN or infinity. No weight has changed.`;
    throw new NonFiniteError(message, state.stepIndex, layer);
  }
  state.stepIndex++;
  return measuresOf(runtime).results(runtime.losses[0]);
}

/** One update by these gradients, in the order of the weights. */
export async function applyStep(
  { recipe, runtime, state }: Compiled,
  weights: readonly Weight[],
  gradients: readonly Float32Array[],
): Promise<void> {
  const { lowerings } = runtime;
  await runtime.reserve({ trainBatch: 1 }, lowerings.isOpen ? [lowerings.trainingStep] : []);
  const loaded = runtime.updateProgram();
  weights.forEach((weight, i) => {
    runtime.writeGradient(weight, gradients[i]);
  });
  runtime.learningRates[0] = state.learningRate ?? learningRateAt(recipe.optimizer!, state.stepIndex);
  const { learningRates, losses, order } = runtime.map;
  await runtime.engine.run(loaded, { firstStep: state.stepIndex, stepCount: 1, order, learningRates, losses });
  state.stepIndex++;
}

/** Loss, output and gradients of one batch, in training mode, as the step of this number would have them. */
export async function gradientsOf(runtime: Runtime, stepIndex: number, samples: Samples): Promise<Gradients> {
  await reserveFor(runtime, "gradients", samples);
  const { program, portion } = await prepare(runtime, "gradients", samples);
  await runSteps(runtime, portion, { program, first: 0, steps: 1 }, stepIndex);
  return readGradients(runtime, program);
}
