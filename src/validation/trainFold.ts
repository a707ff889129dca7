import { ArgumentError, WasmgradError } from "../errors";
import type { Model, Prediction } from "../model/model";
import type { LearningRate } from "../optimizers/optimizers";
import { untilAborted } from "../platform/untilAborted";
import { earlyStopping } from "../training/callbacks/earlyStopping";
import { Monitor } from "../training/callbacks/monitor";
import type { FitOptions } from "../training/fitOptions";
import type { History } from "../training/history";
import type { RowsOfFold } from "./folds";
import { type MadeFit, mistake, type ReadMade, readMade } from "./made";
import { type Measured, measure } from "./metric";
import type { Stopping, ValidationSettings } from "./options";
import type { RunPlan } from "./runs";

/** Makes a model for some rows; how it was said by the user. */
export type Maker = (train: unknown, parameters: unknown, context: { seed: number }) => unknown;

/** A trained model from which the next round of successive halving goes on. */
export interface Kept {
  readonly bytes: Uint8Array;
  readonly fit: MadeFit;
  readonly epochs: number;
  /** A schedule or a function, which files need not keep; undefined of a number. */
  readonly learningRate: LearningRate | undefined;
}

/** What has come of a fold. */
export interface Outcome extends Measured {
  readonly epochs: number;
  readonly kept: Kept | undefined;
}

/** What a fold is trained with. */
export interface FoldTask {
  readonly settings: ValidationSettings;
  readonly make: Maker;
  /** Models that `make` has given. */
  readonly used: WeakSet<object>;
  readonly rows: RowsOfFold;
  readonly plan: RunPlan;
  readonly signal: AbortSignal;
  /** What a round before has left. */
  readonly from: Kept | undefined;
  /** Whether a round may follow. */
  readonly keeps: boolean;
  /** Sees the model before it is trained. */
  readonly onModel: (model: Model<Prediction>) => void;
}

/**
 * Trains a new model on the rows to learn from, and tests it. Rows of the test are not even read before the model has its last
 * weights; those that early stopping looks at are not shown to `makeModel` either, so that a pipeline knows neither.
 */
export async function trainFold(task: FoldTask): Promise<Outcome> {
  const { settings, rows, plan } = task;
  const { examples, stopping } = settings;
  const train = examples.take(rows.train);
  const { model, fit, epoch } = await begin(task, train);
  try {
    if (settings.workers > 1) computeElsewhere(model);
    const options = fitOptions(task, fit);
    const { x, y, sampleWeight } = await examples.tensors(model, train);
    const watched = stopping && (await examples.tensors(model, examples.take(rows.validation!)));
    const history = await model.fit(x, y, {
      ...(sampleWeight && { sampleWeight }),
      ...options,
      initialEpoch: epoch,
      ...(watched && {
        validationData: watched.sampleWeight ? [watched.x, watched.y, watched.sampleWeight] : [watched.x, watched.y],
        callbacks: [...(options.callbacks ?? []), stopper(stopping)],
      }),
    } as FitOptions);
    const epochs = stopping ? bestEpoch(stopping, history) : epoch + history.epoch.length;
    const measured = await measure(settings, model, examples.take(rows.test), options.batchSize);
    return { ...measured, epochs, kept: task.keeps ? keep(task, model, fit, plan.budget!) : undefined };
  } finally {
    dispose(model);
  }
}

/** A new model, or the one that a round before has left. */
async function begin(task: FoldTask, train: unknown): Promise<ReadMade & { epoch: number }> {
  const { settings, make, plan, from } = task;
  const { who } = settings;
  if (from) {
    try {
      // Loaded as loadModel does, which bundles of programs that load nothing can so leave out.
      const { decodeModel } = await import("../model/decodeModel");
      const model = (await decodeModel(from.bytes, { learningRate: from.learningRate })) as Model<Prediction>;
      return { model, fit: from.fit, epoch: from.epochs };
    } catch (error) {
      // What a file cannot bring back, such as layers of the user's own, is trained again from the beginning: the same bits.
      if (!(error instanceof WasmgradError)) throw error;
    }
  }
  const making = Promise.resolve(make(train, structuredClone(plan.parameters), { seed: plan.seed }));
  const made = await untilAborted(making, task.signal);
  const read = readMade(who, made, task.used);
  task.onModel(read.model);
  if (settings.stopping && (read.fit.validationData ?? read.fit.validationSplit) !== undefined) {
    throw mistake(
      new ArgumentError(`${who}: makeModel: earlyStopping brings its own validation rows. Leave out those of fit.`),
    );
  }
  if (plan.budget !== null && read.fit.epochs !== undefined) {
    throw mistake(
      new ArgumentError(
        `${who}: makeModel: successive halving decides on epochs. Leave out fit.epochs, and give ${who} epochs.`,
      ),
    );
  }
  return { ...read, epoch: 0 };
}

function fitOptions({ settings, plan, signal }: FoldTask, fit: MadeFit): FitOptions {
  const { epochs, batchSize } = settings;
  return {
    ...(epochs !== undefined && { epochs }),
    ...(batchSize !== undefined && { batchSize }),
    ...fit,
    ...(plan.budget !== null && { epochs: plan.budget }),
    signal,
  } as FitOptions;
}

const stopper = ({ validation: _, ...options }: Stopping) => earlyStopping({ ...options, restoreBestWeights: true });

/**
 * How many epochs the weights have seen that `earlyStopping` has gone back to: it keeps those of the first epoch that it looks at, and
 * of each that is better.
 */
function bestEpoch(stopping: Stopping, { epoch, history }: History): number {
  const monitor = new Monitor("earlyStopping", stopping, stopping.minDelta);
  const { startFromEpoch } = stopping;
  if (epoch.length <= startFromEpoch) return epoch.length;
  let [best, at] = [monitor.worst, startFromEpoch];
  history[stopping.monitor].forEach((value, i) => {
    if (i >= startFromEpoch && monitor.isBetter(value, best)) [best, at] = [value, i];
  });
  return at + 1;
}

/** Steps of a model that has not computed anything run in a worker from now on: the same bits, and others can run beside it. */
function computeElsewhere(model: Model<Prediction>): void {
  const { engine, recipe } = model.internals("search");
  if (engine === "wasm") recipe.worker = true;
}

/**
 * What the next round goes on from, unless callbacks or early stopping would begin anew in it: then it is trained from the
 * beginning.
 */
function keep({ settings }: FoldTask, model: Model<Prediction>, fit: MadeFit, epochs: number): Kept | undefined {
  if (settings.stopping || fit.callbacks?.length) return undefined;
  try {
    const { learningRate: rate } = model.internals("search").recipe.optimizer!;
    return { bytes: model.toBytes(), fit, epochs, learningRate: typeof rate === "number" ? undefined : rate };
  } catch (error) {
    if (error instanceof WasmgradError) return undefined;
    throw error;
  }
}

/** A model that an abort has left in the middle of something is freed with its last use. */
function dispose(model: Model<Prediction>): void {
  try {
    model.dispose();
  } catch (error) {
    if (!(error instanceof WasmgradError)) throw error;
  }
}
