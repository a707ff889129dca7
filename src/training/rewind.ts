import { NonFiniteError } from "../errors";
import type { Runtime } from "../runtime/runtime";
import { type Checkpoint, findNonFiniteWeight, type Moment } from "./checkpoint";
import type { Feed, Portion } from "./feed";
import { findNonFinite } from "./findNonFinite";
import type { TrainingState } from "./fit";
import { nextRun, orderOf, runSteps, type StepRun, setLearningRates, stepCount } from "./pass";

/** A training that has met NaN or infinity. */
export interface FailedTraining {
  readonly runtime: Runtime;
  readonly feed: Feed;
  readonly state: TrainingState;
  /** The latest checkpoint, and the one before it. */
  readonly checkpoints: readonly [latest: Checkpoint, previous?: Checkpoint];
  /** What the last slice worked on. */
  readonly portion: Portion;
  /** The step after which something was not finite. */
  readonly failed: Moment;
  /** What to add to the number of an epoch to get that of the feed. */
  readonly firstWalk: number;
}

/** Goes back to the weights of the last step whose loss was finite, and says what happened. */
export function nonFiniteLoss(training: FailedTraining, { program }: StepRun): Promise<NonFiniteError> {
  const { runtime, portion, failed, state } = training;
  const step = state.stepIndex;
  const order = orderOf(portion, failed.step) / 4;
  const { layer, what } = findNonFinite(runtime, program, { index: step, order, learningRate: 0 });
  const found = `the loss is not finite at step ${step} (epoch ${failed.epoch}): the ${what} is the first to hold NaN or infinity.`;
  return report(training, found, "Lower the learning rate, clip gradients or check the data.", step, layer);
}

/** The same for an update after which no loss was computed: it left this weight. */
export function nonFiniteWeight(training: FailedTraining, weight: string): Promise<NonFiniteError> {
  const step = training.state.stepIndex - 1;
  const found = `step ${step} left NaN or infinity in ${weight}.`;
  return report(training, found, "Lower the learning rate or clip gradients.", step, weight.split("/")[0]);
}

async function report(
  training: FailedTraining,
  found: string,
  advice: string,
  step: number,
  layer: string,
): Promise<NonFiniteError> {
  await rewind(training);
  const outcome = findNonFiniteWeight(training.runtime)
    ? "Its weights were not finite before: set others."
    : "The model is back at its last finite weights.";
  return new NonFiniteError(`fit: ${found} ${outcome} ${advice}`, step, layer);
}

/** Does the steps since the checkpoint again, all but the last, whose result was not finite. */
async function rewind(training: FailedTraining): Promise<void> {
  const { runtime, feed, state, failed, firstWalk } = training;
  const [latest, previous] = training.checkpoints;
  const target = state.stepIndex - 1;
  const checkpoint = latest.stepIndex > target ? (previous ?? latest) : latest;
  checkpoint.restore(runtime);
  state.stepIndex = checkpoint.stepIndex;
  const { learningRate } = state;
  state.learningRate = checkpoint.learningRate;
  const firstOf = (epoch: number) => feed.next(firstWalk + epoch, 0) as Portion;
  let { epoch, portion, step } = checkpoint.moment;
  // Of a stream only the last portion can be had; the one before it ended with a checkpoint, so that no step is missing.
  const isHere = !feed.canReplay || (epoch === failed.epoch && portion === failed.portion);
  let current = isHere ? training.portion : firstOf(epoch);
  while (state.stepIndex < target) {
    if (step === stepCount(current)) {
      current = firstOf(++epoch);
      step = 0;
    }
    const run = nextRun(runtime, "train", current, step, target - state.stepIndex);
    setLearningRates(runtime, state, run.steps, runtime.learningRates);
    step += await runSteps(runtime, current, run, state.stepIndex);
    state.stepIndex += run.steps;
  }
  state.learningRate = learningRate;
}
