import { Tensor } from "../tensor/tensor";
import { ArgumentError, ShapeError } from "../errors";
import { absoluteErrors } from "../ops/metrics/absoluteErrors";
import { binaryAccuracy as binaryAccuracyOp } from "../ops/metrics/binaryAccuracy";
import { binaryConfusion } from "../ops/metrics/binaryConfusion";
import { classAccuracy } from "../ops/metrics/classAccuracy";
import { columnResiduals } from "../ops/metrics/columnResiduals";
import { confusionMatrix as confusionMatrixOp } from "../ops/metrics/confusionMatrix";
import { rowCosines } from "../ops/metrics/rowCosines";
import { squaredErrors } from "../ops/metrics/squaredErrors";
import { thresholdHistogram } from "../ops/metrics/thresholdHistogram";
import { topKAccuracy as topKAccuracyOp } from "../ops/metrics/topKAccuracy";
import type { Op } from "../ops/op";
import { checkOptions, finiteNumber, integer, oneOf, show } from "../options";

/** A metric as users make it: its name, which is also its key in a history, and its options. */
export interface MetricDescription {
  /** The factory that made it, as in `metrics.auc`. */
  readonly name: string;
  /** As given: with the name, all that a file needs to keep. */
  readonly options: Readonly<Record<string, unknown>>;
}

/**
 * A metric of one output of one model. Its row adds the numbers of a batch to float64 sums, which are 0 at the beginning of
 * an epoch; at its end `result` makes the metric of them. The row gets `counts`, `numbers`, and the counts `rows` and
 * `columns` of the predictions.
 */
export interface Metric extends MetricDescription {
  readonly op: Op;
  readonly counts: Readonly<Record<string, number>>;
  readonly numbers: Readonly<Record<string, number>>;
  /** Float64 sums for predictions with so many columns. */
  sumsCount(columns: number): number;
  /** A number; a tensor for confusionMatrix, which only `evaluate` reports. 0 where there is nothing to divide by. */
  result(sums: Float64Array, columns: number): number | Tensor;
}

/** What a metric wants to know of the loss it stands beside. */
export interface MetricLoss {
  readonly name: string;
  readonly options?: Readonly<Record<string, unknown>>;
}

/** Options of metrics with a threshold. */
export interface ThresholdOptions {
  /** Predictions above it are positive. Default 0.5. */
  threshold?: number | undefined;
}

/** Options of `topKAccuracy`. */
export interface TopKOptions {
  /** Default 5. */
  k?: number | undefined;
}

/** Options of `auc`. */
export interface AucOptions {
  /** Operating points the curve is made of, at least 2. Default 200. */
  numThresholds?: number | undefined;
}

type Target = "labels" | "like the output";

/** How a kind of metric becomes the metric of an output. */
type Bind = (output: { target: Target; loss: MetricLoss; columns: number }) => Omit<Metric, keyof MetricDescription>;

interface BoundMetric extends MetricDescription {
  readonly bind: Bind;
}

const ratio = (numerator: number, denominator: number) => (denominator === 0 ? 0 : numerator / denominator);

/** Metrics that are a mean: a sum and how many it is of. */
const mean = { sumsCount: () => 2, result: ([sum, count]: Float64Array): number => ratio(sum, count) };

function needs(target: Target, name: string, form: Target, hint: string): void {
  if (target === form) return;
  const [expected, got] =
    form === "labels" ? ["one label a row", "targets like the output"] : ["targets like the output", "one label a row"];
  throw new ShapeError(`metrics.${name}: expects ${expected}, but the loss has ${got}. ${hint}`);
}

const FULL_HINT = "Use a loss that takes one-hot targets.";

function binaryAccuracyOver(threshold: number): ReturnType<Bind> {
  return { op: binaryAccuracyOp, counts: {}, numbers: { threshold }, ...mean };
}

function classAccuracyOf(target: Target): ReturnType<Bind> {
  return { op: classAccuracy, counts: { sparse: target === "labels" ? 1 : 0 }, numbers: {}, ...mean };
}

function readThreshold(name: string, options: ThresholdOptions): number {
  checkOptions(`metrics.${name}`, options, ["threshold"]);
  return finiteNumber(`metrics.${name}`, "threshold", options.threshold ?? 0.5);
}

function describe(name: string, options: object, bind: Bind): BoundMetric {
  return { name, options: { ...options }, bind };
}

/**
 * The share of right answers, in the form that fits the loss: binaryAccuracy for one column or binaryCrossentropy,
 * sparseCategoricalAccuracy for labels, categoricalAccuracy otherwise. Logits are compared with 0, the logit of ½.
 */
function accuracy(options: Record<string, never> = {}): MetricDescription {
  checkOptions("metrics.accuracy", options, []);
  return describe("accuracy", options, ({ target, loss, columns }) => {
    const isBinary = target !== "labels" && (columns === 1 || loss.name === "binaryCrossentropy");
    return isBinary ? binaryAccuracyOver(loss.options?.fromLogits ? 0 : 0.5) : classAccuracyOf(target);
  });
}

/** The share of single predictions on the right side of `threshold`; targets are 0 or 1. */
function binaryAccuracy(options: ThresholdOptions = {}): MetricDescription {
  const threshold = readThreshold("binaryAccuracy", options);
  return describe("binaryAccuracy", options, ({ target }) => {
    needs(target, "binaryAccuracy", "like the output", FULL_HINT);
    return binaryAccuracyOver(threshold);
  });
}

/** The share of rows whose largest prediction is where the one-hot target is largest. */
function categoricalAccuracy(options: Record<string, never> = {}): MetricDescription {
  checkOptions("metrics.categoricalAccuracy", options, []);
  return describe("categoricalAccuracy", options, ({ target }) => {
    needs(target, "categoricalAccuracy", "like the output", 'Use "sparseCategoricalAccuracy".');
    return classAccuracyOf(target);
  });
}

/** The share of rows whose largest prediction is that of the label. */
function sparseCategoricalAccuracy(options: Record<string, never> = {}): MetricDescription {
  checkOptions("metrics.sparseCategoricalAccuracy", options, []);
  return describe("sparseCategoricalAccuracy", options, ({ target }) => {
    needs(target, "sparseCategoricalAccuracy", "labels", 'Use "categoricalAccuracy".');
    return classAccuracyOf(target);
  });
}

/** The share of rows whose right class is among the `k` largest predictions; for labels and one-hot targets. */
function topKAccuracy(options: TopKOptions = {}): MetricDescription {
  checkOptions("metrics.topKAccuracy", options, ["k"]);
  const k = integer("metrics.topKAccuracy", "k", options.k ?? 5);
  return describe("topKAccuracy", options, ({ target }) => {
    return { op: topKAccuracyOp, counts: { sparse: target === "labels" ? 1 : 0, k }, numbers: {}, ...mean };
  });
}

/** A metric without options of targets like the output. */
function plain(name: string, op: Op, rest: Pick<Metric, "sumsCount" | "result">) {
  return (options: Record<string, never> = {}): MetricDescription => {
    checkOptions(`metrics.${name}`, options, []);
    return describe(name, options, ({ target }) => {
      needs(target, name, "like the output", FULL_HINT);
      return { op, counts: {}, numbers: {}, ...rest };
    });
  };
}

/** 1 − residual / total of every column, and of those the plain mean. */
function determination(sums: Float64Array, columns: number): number {
  const count = sums[0];
  let scores = 0;
  for (let j = 0; j < columns; j++) {
    const [sum, squares, residual] = sums.subarray(2 + 4 * j, 5 + 4 * j);
    const total = count === 0 ? 0 : squares - (sum * sum) / count;
    scores += total === 0 ? 0 : 1 - residual / total;
  }
  return scores / columns;
}

const mse = plain("mse", squaredErrors, mean);
const mae = plain("mae", absoluteErrors, mean);
const rmse = plain("rmse", squaredErrors, { ...mean, result: (sums) => Math.sqrt(mean.result(sums)) });
const cosineSimilarity = plain("cosineSimilarity", rowCosines, mean);
const r2 = plain("r2", columnResiduals, { sumsCount: (columns) => 1 + 4 * columns, result: determination });

/** A metric of true positives, false positives and false negatives, over all columns together. */
function ofPositives(name: string, result: (sums: Float64Array) => number) {
  return (options: ThresholdOptions = {}): MetricDescription => {
    const threshold = readThreshold(name, options);
    return describe(name, options, ({ target }) => {
      needs(target, name, "like the output", FULL_HINT);
      return { op: binaryConfusion, counts: {}, numbers: { threshold }, sumsCount: () => 3, result };
    });
  };
}

const precision = ofPositives("precision", ([both, wrong]) => ratio(both, both + wrong));
const recall = ofPositives("recall", ([both, , missed]) => ratio(both, both + missed));
const f1 = ofPositives("f1", ([both, wrong, missed]) => ratio(2 * both, 2 * both + wrong + missed));

/** Area under the receiver operating characteristic, straight lines between the operating points. */
function areaUnderCurve(sums: Float64Array): number {
  const buckets = sums.length / 2;
  let positives = 0;
  let negatives = 0;
  let area = 0;
  // From the highest threshold down, in units of counts: the curve goes right by negatives and up by positives.
  for (let i = buckets - 1; i >= 0; i--) {
    area += sums[buckets + i] * (positives + sums[i] / 2);
    positives += sums[i];
    negatives += sums[buckets + i];
  }
  return ratio(area, positives * negatives);
}

/**
 * Area under the ROC curve over all columns together, from `numThresholds` thresholds evenly between 0 and 1: the chance that
 * a positive is predicted above a negative. Predictions are probabilities.
 */
function auc(options: AucOptions = {}): MetricDescription {
  checkOptions("metrics.auc", options, ["numThresholds"]);
  const buckets = integer("metrics.auc", "numThresholds", options.numThresholds ?? 200, { min: 2, max: 1e6 }) - 1;
  return describe("auc", options, ({ target }) => {
    needs(target, "auc", "like the output", FULL_HINT);
    const sumsCount = () => 2 * buckets;
    return { op: thresholdHistogram, counts: { buckets }, numbers: {}, sumsCount, result: areaUnderCurve };
  });
}

/** Counts `[classes, classes]`: row the right class, column the predicted one; for labels and one-hot targets. */
function confusionMatrix(options: Record<string, never> = {}): MetricDescription {
  checkOptions("metrics.confusionMatrix", options, []);
  return describe("confusionMatrix", options, ({ target, columns }) => {
    if (columns < 2) throw new ShapeError("metrics.confusionMatrix: expects an output with a column for every class.");
    return {
      op: confusionMatrixOp,
      counts: { sparse: target === "labels" ? 1 : 0 },
      numbers: {},
      sumsCount: (columns) => columns * columns,
      result: (sums, columns) => new Tensor(Int32Array.from(sums), [columns, columns]),
    };
  });
}

/** The metrics, each made from an object of options, all of which have defaults. */
export const metrics = {
  accuracy,
  binaryAccuracy,
  categoricalAccuracy,
  sparseCategoricalAccuracy,
  topKAccuracy,
  /** Mean squared error. */
  mse,
  /** Mean absolute error. */
  mae,
  /** Root of the mean squared error. */
  rmse,
  /** How many of the predicted positives are positive. */
  precision,
  /** How many of the positives are predicted. */
  recall,
  /** Harmonic mean of precision and recall. */
  f1,
  auc,
  /** Mean cosine of the angle between a row's prediction and target, 1 when they point the same way. */
  cosineSimilarity,
  /** Coefficient of determination, the mean over columns; 1 is perfect, 0 no better than the mean of the targets. */
  r2,
  confusionMatrix,
};

/** The name of a metric, or another that Keras has for it. */
export type MetricName =
  | keyof typeof metrics
  | "acc"
  | "meanSquaredError"
  | "meanAbsoluteError"
  | "rootMeanSquaredError";

/** A metric by name, or what `metrics.auc({ … })` returns. */
export type MetricLike = MetricName | MetricDescription;

const names = Object.keys(metrics) as (keyof typeof metrics)[];

/** Other names that Keras has for some of them; results are kept under ours. */
const aliases: Readonly<Record<Exclude<MetricName, keyof typeof metrics>, keyof typeof metrics>> = {
  acc: "accuracy",
  meanSquaredError: "mse",
  meanAbsoluteError: "mae",
  rootMeanSquaredError: "rmse",
};

/**
 * The metric of an output that a value stands for: a name, a metric, or the `{ name, options }` that is left of one in JSON.
 *
 * @param loss of that output; a sparse loss means labels as targets.
 * @param outputShape of the model's output: only its last dimension counts.
 * @param who as error messages begin: `compile`.
 */
export function resolveMetric(value: unknown, loss: MetricLoss, outputShape: readonly number[], who: string): Metric {
  if (typeof value !== "string" && (value === null || typeof value !== "object" || Array.isArray(value))) {
    throw new ArgumentError(`${who}: a metric must be a name or made by one of metrics, got ${show(value)}.`);
  }
  const named =
    typeof value === "string"
      ? Object.hasOwn(aliases, value)
        ? aliases[value as keyof typeof aliases]
        : value
      : undefined;
  const given = named !== undefined ? { name: named } : (value as Partial<MetricDescription>);
  const factory = metrics[oneOf(who, "metric", given.name, names)] as (options?: unknown) => MetricDescription;
  const { name, options, bind } = factory(given.options ?? undefined) as BoundMetric;
  const columns = outputShape[outputShape.length - 1] ?? 1;
  const target = loss.name.startsWith("sparse") ? "labels" : "like the output";
  return { name, options, ...bind({ target, loss, columns }) };
}
