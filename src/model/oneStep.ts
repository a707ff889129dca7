import type { Kind } from "../compiler/compile";
import { NonFiniteError } from "../errors";
import { loadAlone, ResidentFeed, type Portion } from "../training/feed";
import { findNonFinite } from "../training/findNonFinite";
import { learningRateAt } from "../optimizers/optimizers";
import { runSteps } from "../training/pass";
import { Measures, type Results } from "../training/results";
import type { Samples } from "../training/samples";
import type { Compiled } from "./model";
import { type Gradients, readGradients } from "../training/gradients";
import type { Weight } from "../compiler/weightTable";
import type { ReadyProgram, Runtime } from "../runtime/runtime";

/** A step of one batch that lies in memory. */
interface Step {
  readonly program: ReadyProgram;
  readonly portion: Portion;
}

/** Loads one batch and the program for a step of it. */
async function prepare(runtime: Runtime, kind: Kind, samples: Samples): Promise<Step> {
  const feed = new ResidentFeed(samples, samples.count);
  await loadAlone(runtime, kind, feed);
  new Measures(runtime, "train").clear();
  const portion = feed.next(0, 0)!;
  return { portion, program: runtime.program(kind, samples.count, portion.feeds) };
}

/**
 * Trains one batch; results are those before the update.
 *
 * @throws NonFiniteError when the loss is not finite: nothing has changed then
 */
export async function trainStep({ recipe, runtime, state }: Compiled, samples: Samples): Promise<Results> {
  const { program, portion } = await prepare(runtime, "train", samples);
  runtime.learningRates[0] = state.learningRate ?? learningRateAt(recipe.optimizer!, state.stepIndex);
  const completed = await runSteps(runtime, portion, { program, first: 0, steps: 1 }, state.stepIndex);
  if (completed === 0) {
    const step = { index: state.stepIndex, order: portion.order / 4, learningRate: 0 };
    const { layer, what } = findNonFinite(runtime, program, step);
    const message = `trainOnBatch: the loss is not finite: the ${what} is the first to hold NaN or infinity. No weight has changed.`;
    throw new NonFiniteError(message, state.stepIndex, layer);
  }
  state.stepIndex++;
  return new Measures(runtime, "train").results(runtime.losses[0]);
}

/** One update by these gradients, in the order of the weights. */
export async function applyStep(
  { recipe, runtime, state }: Compiled,
  weights: readonly Weight[],
  gradients: readonly Float32Array[],
): Promise<void> {
  await runtime.reserve({ trainBatch: 1 });
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
  const { program, portion } = await prepare(runtime, "gradients", samples);
  await runSteps(runtime, portion, { program, first: 0, steps: 1 }, stepIndex);
  return readGradients(runtime, program);
}
