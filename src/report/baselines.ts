import type { Model } from "../model/model";
import type { tableModel } from "../model/tableModel";
import { optimizers } from "../optimizers/optimizers";
import { schedules } from "../optimizers/schedules";
import type { Pipeline } from "../pipeline/pipeline";
import type { Table } from "../table/table";
import type { Tensor } from "../tensor/tensor";
import type { ClassOutcome } from "./classScores";
import { sampleRows } from "./importance";
import type { Outcome, Truth } from "./outcomes";
import type { PredictorName } from "./reportData";

/** Rows that the linear model learns from, at most. */
export const LINEAR_ROWS = 20_000;
/** Steps of its training, about. */
const LINEAR_STEPS = 4000;

/** Somebody simple, and what they say of the test. */
export interface Baseline {
  readonly name: PredictorName;
  readonly outcome: Outcome;
}

/** Says of every row the same: the most frequent class with the shares of all, or the mean. */
export function trivial(truth: Truth, learnt: Truth): Baseline {
  if (truth.kind === "quantity") {
    const { values } = learnt as typeof truth;
    let mean = 0;
    for (const value of values) mean += value / values.length;
    return { name: "mean", outcome: { truth: truth.values, guess: truth.values.map(() => mean) } };
  }
  const { classes } = truth;
  const { of } = learnt as typeof truth;
  const counts = new Float64Array(classes.length);
  for (const one of of) counts[one]++;
  const shares = Float32Array.from(counts, (count) => count / of.length);
  const best = shares.indexOf(shares.reduce((a, b) => Math.max(a, b)));
  const scores = new Float32Array(truth.of.length * classes.length);
  for (let row = 0; row < truth.of.length; row++) scores.set(shares, row * classes.length);
  const guess = truth.of.map(() => best);
  return { name: "majority", outcome: { classes, truth: truth.of, guess, scores, areProbabilities: true } };
}

/** When a row was, and what was true. */
interface Moment {
  readonly time: number;
  readonly row: number;
}

/**
 * Says of every row what was true at the last time before its own, in the rows of training or in those of the test. Undefined where
 * a row has nothing before it.
 */
export function lastValue(truth: Truth, learnt: Truth, times: Times): Baseline | undefined {
  const before = valuesOf(learnt);
  const values = valuesOf(truth);
  const moments: Moment[] = [
    ...Array.from(times.train, (time, row) => ({ time, row: -1 - row })),
    ...Array.from(times.test, (time, row) => ({ time, row })),
  ].sort((a, b) => a.time - b.time || a.row - b.row);
  const guess = new Float64Array(values.length);
  for (let i = 0, earlier = -1; i < moments.length; i++) {
    if (i > 0 && moments[i].time > moments[i - 1].time) earlier = i - 1;
    const { row } = moments[i];
    if (row < 0) continue;
    if (earlier < 0) return undefined;
    const last = moments[earlier].row;
    guess[row] = last < 0 ? before[-1 - last] : values[last];
  }
  if (truth.kind === "quantity") return { name: "lastValue", outcome: { truth: truth.values, guess } };
  return { name: "lastValue", outcome: certain(truth, Int32Array.from(guess)) };
}

/** The times of the rows. */
export interface Times {
  readonly train: Float64Array;
  readonly test: Float64Array;
}

const valuesOf = (truth: Truth): ArrayLike<number> => (truth.kind === "classes" ? truth.of : truth.values);

/** Classes that are said without probabilities. */
function certain({ classes, of }: Truth & { kind: "classes" }, guess: Int32Array): ClassOutcome {
  return { classes, truth: of, guess, scores: new Float32Array(of.length * classes.length), areProbabilities: false };
}

/**
 * A linear model of the same numbers: logistic regression for classes, linear regression for quantities, by Adam with a learning
 * rate that falls to 0.
 */
export async function trainLinear(
  makeModel: typeof tableModel,
  pipeline: Pipeline,
  train: Table,
  seed: number,
): Promise<Model<Tensor | Tensor[]>> {
  const rows = train.take(sampleRows(train.rowCount, LINEAR_ROWS, seed));
  const model = makeModel(pipeline, { hidden: [], seed, name: "linear" });
  const batchSize = Math.min(rows.rowCount, rows.rowCount < 2000 ? 32 : 256);
  const steps = Math.ceil(rows.rowCount / batchSize);
  const epochs = Math.max(20, Math.min(400, Math.round(LINEAR_STEPS / steps)));
  const losses = pipeline.targets.map(({ classes }) =>
    classes ? ("sparseCategoricalCrossentropy" as const) : ("meanSquaredError" as const),
  );
  model.compile({
    optimizer: optimizers.adam({
      learningRate: schedules.cosineDecay({ initialLearningRate: 0.02, decaySteps: epochs * steps }),
    }),
    loss: losses.length === 1 ? losses[0] : losses,
  });
  const { x, y } = await pipeline.apply(rows);
  await model.fit(x, y, { epochs, batchSize });
  return model;
}
