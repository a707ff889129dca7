import { Tensor } from "../tensor/tensor";
import { ArgumentError, ShapeError } from "../errors";
import type { Loss } from "../losses/losses";
import { log } from "../numeric/elementary";
import { absoluteErrors } from "../ops/metrics/absoluteErrors";
import { binaryAccuracy as binaryAccuracyOp } from "../ops/metrics/binaryAccuracy";
import { binaryConfusion } from "../ops/metrics/binaryConfusion";
import { classAccuracy } from "../ops/metrics/classAccuracy";
import { columnResiduals } from "../ops/metrics/columnResiduals";
import { confusionMatrix as confusionMatrixOp } from "../ops/metrics/confusionMatrix";
import { rankedScores, type RankedScore, sortScores } from "../ops/metrics/rankedScores";
import { rowCosines } from "../ops/metrics/rowCosines";
import { squaredErrors } from "../ops/metrics/squaredErrors";
import { thresholdHistogram } from "../ops/metrics/thresholdHistogram";
import { topKAccuracy as topKAccuracyOp } from "../ops/metrics/topKAccuracy";
import type { Op } from "../ops/op";
import { sigmoid } from "../ops/sigmoid";
import { softmax } from "../ops/softmax";
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
  /** What predictions go through first: of logits, where a metric is of probabilities. */
  readonly activation?: Op;
  /** Whether predictions outside 0…1 are a mistake, as between thresholds from 0 to 1. */
  readonly isOfProbabilities?: boolean;
  readonly counts: Readonly<Record<string, number>>;
  readonly numbers: Readonly<Record<string, number>>;
  /** Float64 sums for predictions with so many columns. */
  sumsCount(columns: number): number;
  /** So many of them, the first, must be 0 at the beginning; by default all. */
  readonly clearedCount?: number;
  /** A number; a tensor for confusionMatrix, which only `evaluate` reports. 0 where there is nothing to divide by. */
  result(sums: Float64Array, columns: number): number | Tensor;
}

/** What a metric wants to know of the loss it stands beside: the form of its targets, and what the outputs stand for. */
export type MetricLoss = Pick<Loss, "targets" | "outputs" | "activation">;

/** Whether a metric should fall or rise. */
export type Direction = "min" | "max";

/** Options of metrics with a threshold. */
export interface ThresholdOptions {
  /**
   * Predictions above it are positive. Default 0.5. It is a probability where the loss takes logits: 0.5 is the logit 0. Of
   * hinge losses, whose outputs are signs, it is a number of the output, by default 0.
   */
  threshold?: number;
}

/** Options of `topKAccuracy`. */
export interface TopKOptions {
  /** Default 5. */
  k?: number;
}

/** Options of `auc`. */
export interface AucOptions {
  /**
   * Makes the curve of so many operating points, at thresholds evenly from 0 to 1, as Keras does (with 200, where nothing
   * else is said); at least 2. Left out, there are no thresholds: see `auc`.
   */
  numThresholds?: number;
}

/** How a kind of metric becomes the metric of an output. */
type Bind = (output: { loss: MetricLoss; columns: number }) => Omit<Metric, keyof MetricDescription>;

/** What a factory makes: the description, and behind it what is no part of it. */
class MetricKind implements MetricDescription {
  readonly options: Readonly<Record<string, unknown>>;
  readonly #better: Direction | undefined;
  readonly #bind: Bind;

  constructor(
    readonly name: string,
    options: object,
    better: Direction | undefined,
    bind: Bind,
  ) {
    this.options = { ...options };
    this.#better = better;
    this.#bind = bind;
  }

  /** Which way it should go; undefined for what is no number. */
  get better(): Direction | undefined {
    return this.#better;
  }

  get bind(): Bind {
    return this.#bind;
  }
}

const ratio = (numerator: number, denominator: number) => (denominator === 0 ? 0 : numerator / denominator);

/** Metrics that are a mean: a sum and how many it is of. */
const mean = { sumsCount: () => 2, result: ([sum, count]: Float64Array): number => ratio(sum, count) };

function needs(name: string, loss: MetricLoss, form: Loss["targets"], hint: string): void {
  if (loss.targets === form) return;
  const forms = { sparse: "one label a row", same: "targets like the output" };
  const [expected, got] = [forms[form], forms[loss.targets]];
  throw new ShapeError(`metrics.${name}: expects ${expected}, but the loss has ${got}. ${hint}`);
}

const FULL_HINT = "Use a loss that takes one-hot targets.";

/** 1 where targets are one label a row. */
const sparseOf = ({ targets }: MetricLoss) => (targets === "sparse" ? 1 : 0);

function classAccuracyOf(loss: MetricLoss): ReturnType<Bind> {
  return { op: classAccuracy, counts: { sparse: sparseOf(loss) }, numbers: {}, ...mean };
}

function readThreshold(name: string, options: ThresholdOptions): number | undefined {
  checkOptions(`metrics.${name}`, options, ["threshold"]);
  const { threshold } = options;
  return threshold === undefined ? undefined : finiteNumber(`metrics.${name}`, "threshold", threshold);
}

/** What turns the outputs of a loss into probabilities, where they are logits. */
function toProbabilities({ outputs, activation }: MetricLoss): Op | undefined {
  if (outputs !== "logits") return undefined;
  return activation === "softmax" ? softmax : sigmoid;
}

/**
 * Where outputs are decided: at the threshold, by default ½, as a logit where they are logits of independent answers; at 0
 * where they are signs. A logit of a softmax says nothing without the others, so those become probabilities first.
 *
 * @throws ArgumentError for a threshold that no logit belongs to
 */
function decideAt(
  name: string,
  threshold: number | undefined,
  loss: MetricLoss,
): Pick<Metric, "numbers" | "activation"> {
  if (loss.outputs === "signs") return { numbers: { threshold: threshold ?? 0 } };
  const probability = threshold ?? 0.5;
  if (toProbabilities(loss) !== sigmoid)
    return { numbers: { threshold: probability }, activation: toProbabilities(loss) };
  if (probability > 0 && probability < 1) return { numbers: { threshold: log(probability) - log(1 - probability) } };
  throw new ArgumentError(
    `metrics.${name}: threshold is a probability above 0 and below 1 where the loss takes logits, got ${probability}. ` +
      "0.5 is the logit 0.",
  );
}

function binaryAccuracyOver(name: string, threshold: number | undefined, loss: MetricLoss): ReturnType<Bind> {
  return { op: binaryAccuracyOp, counts: {}, ...decideAt(name, threshold, loss), ...mean };
}

/**
 * The share of right answers, in the form that fits the loss: binaryAccuracy for one column or binaryCrossentropy,
 * sparseCategoricalAccuracy for labels, categoricalAccuracy otherwise. Logits are compared with 0, the logit of ½, and so
 * are the outputs of hinge losses.
 */
function accuracy(options: Record<string, never> = {}): MetricDescription {
  checkOptions("metrics.accuracy", options, []);
  return new MetricKind("accuracy", options, "max", ({ loss, columns }) => {
    const isBinary = loss.targets === "same" && (columns === 1 || loss.activation === "sigmoid");
    return isBinary ? binaryAccuracyOver("accuracy", undefined, loss) : classAccuracyOf(loss);
  });
}

/** The share of single predictions on the right side of `threshold`; targets are 0 or 1, or −1 or 1. */
function binaryAccuracy(options: ThresholdOptions = {}): MetricDescription {
  const threshold = readThreshold("binaryAccuracy", options);
  return new MetricKind("binaryAccuracy", options, "max", ({ loss }) => {
    needs("binaryAccuracy", loss, "same", FULL_HINT);
    return binaryAccuracyOver("binaryAccuracy", threshold, loss);
  });
}

/** The share of rows whose largest prediction is where the one-hot target is largest. */
function categoricalAccuracy(options: Record<string, never> = {}): MetricDescription {
  checkOptions("metrics.categoricalAccuracy", options, []);
  return new MetricKind("categoricalAccuracy", options, "max", ({ loss }) => {
    needs("categoricalAccuracy", loss, "same", 'Use "sparseCategoricalAccuracy".');
    return classAccuracyOf(loss);
  });
}

/** The share of rows whose largest prediction is that of the label. */
function sparseCategoricalAccuracy(options: Record<string, never> = {}): MetricDescription {
  checkOptions("metrics.sparseCategoricalAccuracy", options, []);
  return new MetricKind("sparseCategoricalAccuracy", options, "max", ({ loss }) => {
    needs("sparseCategoricalAccuracy", loss, "sparse", 'Use "categoricalAccuracy".');
    return classAccuracyOf(loss);
  });
}

/** The share of rows whose right class is among the `k` largest predictions; for labels and one-hot targets. */
function topKAccuracy(options: TopKOptions = {}): MetricDescription {
  checkOptions("metrics.topKAccuracy", options, ["k"]);
  const k = integer("metrics.topKAccuracy", "k", options.k ?? 5);
  return new MetricKind("topKAccuracy", options, "max", ({ loss }) => {
    return { op: topKAccuracyOp, counts: { sparse: sparseOf(loss), k }, numbers: {}, ...mean };
  });
}

/** A metric without options of targets like the output. */
function plain(name: string, better: Direction, op: Op, rest: Pick<Metric, "sumsCount" | "result">) {
  return (options: Record<string, never> = {}): MetricDescription => {
    checkOptions(`metrics.${name}`, options, []);
    return new MetricKind(name, options, better, ({ loss }) => {
      needs(name, loss, "same", FULL_HINT);
      return { op, counts: {}, numbers: {}, ...rest };
    });
  };
}

/**
 * 1 − residual / total of every column, and of those the plain mean. A column without a variance is 1 where it is predicted
 * exactly, and 0 where it is not.
 */
function determination(sums: Float64Array, columns: number): number {
  const count = sums[0];
  if (count === 0) return 0;
  let scores = 0;
  for (let j = 0; j < columns; j++) {
    const [sum, squares, residual] = sums.subarray(2 + 4 * j, 5 + 4 * j);
    const total = squares - (sum * sum) / count;
    scores += residual === 0 ? 1 : total === 0 ? 0 : 1 - residual / total;
  }
  return scores / columns;
}

const mse = plain("mse", "min", squaredErrors, mean);
const mae = plain("mae", "min", absoluteErrors, mean);
const rmse = plain("rmse", "min", squaredErrors, { ...mean, result: (sums) => Math.sqrt(mean.result(sums)) });
const cosineSimilarity = plain("cosineSimilarity", "max", rowCosines, mean);
const r2 = plain("r2", "max", columnResiduals, { sumsCount: (columns) => 1 + 4 * columns, result: determination });

/** A metric of true positives, false positives and false negatives, over all columns together. */
function ofPositives(name: string, result: (sums: Float64Array) => number) {
  return (options: ThresholdOptions = {}): MetricDescription => {
    const threshold = readThreshold(name, options);
    return new MetricKind(name, options, "max", ({ loss }) => {
      needs(name, loss, "same", FULL_HINT);
      return { op: binaryConfusion, counts: {}, ...decideAt(name, threshold, loss), sumsCount: () => 3, result };
    });
  };
}

const precision = ofPositives("precision", ([both, wrong]) => ratio(both, both + wrong));
const recall = ofPositives("recall", ([both, , missed]) => ratio(both, both + missed));
const f1 = ofPositives("f1", ([both, wrong, missed]) => ratio(2 * both, 2 * both + wrong + missed));

/**
 * Area under the receiver operating characteristic, straight lines between its points, of which `groups` lie between one
 * and the next, from the lowest predictions.
 */
function areaUnderCurve(groups: readonly Pick<RankedScore, "positives" | "negatives">[]): number {
  let [positives, negatives, area] = [0, 0, 0];
  // In units of counts: the curve goes right by negatives and up by positives.
  for (const group of groups.toReversed()) {
    area += group.negatives * (positives + group.positives / 2);
    positives += group.positives;
    negatives += group.negatives;
  }
  return ratio(area, positives * negatives);
}

/** Entries of the list of predictions: 768 kB for training and as much for evaluation, and time to sort them. */
const RANKED_CAPACITY = 2 ** 15;

/** The area by ranks: of any numbers, thresholds do not count. */
function aucByRanks(): ReturnType<Bind> {
  return {
    op: rankedScores,
    counts: { capacity: RANKED_CAPACITY },
    numbers: {},
    sumsCount: () => 1 + 3 * RANKED_CAPACITY,
    clearedCount: 1,
    result: (sums) => areaUnderCurve(sortScores(sums, 1, sums[0])),
  };
}

/** The area from thresholds evenly between 0 and 1. */
function aucByThresholds(numThresholds: number, loss: MetricLoss): ReturnType<Bind> {
  if (loss.outputs === "signs") {
    throw new ArgumentError(
      "metrics.auc: numThresholds are thresholds of probabilities, but the outputs of a hinge loss are none. " +
        "Leave it out: the area is exact then.",
    );
  }
  const buckets = numThresholds - 1;
  const result = (sums: Float64Array) =>
    areaUnderCurve(Array.from({ length: buckets }, (_, i) => ({ positives: sums[i], negatives: sums[buckets + i] })));
  const row = { op: thresholdHistogram, counts: { buckets }, numbers: {}, activation: toProbabilities(loss) };
  return { ...row, isOfProbabilities: true, sumsCount: () => 2 * buckets, result };
}

/**
 * Area under the ROC curve over all columns together: the chance that a positive is predicted above a negative, where equal
 * predictions count half. Predictions may be any numbers: probabilities, logits, distances.
 *
 * It is exact for up to 32,768 predictions a pass, and for any number of which at most 16,384 differ. With n predictions
 * beyond that it is off by less than 5.4·n / 32,768² (0.0005 for 100,000, 0.005 for 1,000,000) in whatever order they come,
 * as long as the share of positives stays the same; in random order the difference is below 0.00001. With `numThresholds`
 * it is the area of that many operating points, whose error depends on where predictions are.
 */
function auc(options: AucOptions = {}): MetricDescription {
  checkOptions("metrics.auc", options, ["numThresholds"]);
  const { numThresholds } = options;
  if (numThresholds !== undefined) integer("metrics.auc", "numThresholds", numThresholds, { min: 2, max: 1e6 });
  return new MetricKind("auc", options, "max", ({ loss }) => {
    needs("auc", loss, "same", FULL_HINT);
    if (numThresholds !== undefined) return aucByThresholds(numThresholds, loss);
    const activation = loss.activation === "softmax" ? toProbabilities(loss) : undefined;
    return { ...aucByRanks(), activation };
  });
}

/** Counts `[classes, classes]`: row the right class, column the predicted one; for labels and one-hot targets. */
function confusionMatrix(options: Record<string, never> = {}): MetricDescription {
  checkOptions("metrics.confusionMatrix", options, []);
  return new MetricKind("confusionMatrix", options, undefined, ({ loss, columns }) => {
    if (columns < 2) throw new ShapeError("metrics.confusionMatrix: expects an output with a column for every class.");
    return {
      op: confusionMatrixOp,
      counts: { sparse: sparseOf(loss) },
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
 * @param loss of that output: it says what targets and outputs are.
 * @param outputShape of the model's output: only its last dimension counts.
 * @param who as error messages begin: `compile`.
 */
export function resolveMetric(value: unknown, loss: MetricLoss, outputShape: readonly number[], who: string): Metric {
  if (typeof value === "function") {
    const factory = names.find((name) => metrics[name] === value);
    const hint = factory
      ? `Call it: metrics.${factory}().`
      : `Metrics of your own are planned; there are ${names.join(", ")}.`;
    throw new ArgumentError(`${who}: a metric cannot be ${show(value)}. ${hint}`);
  }
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
  const { name, options, bind } = factory(given.options ?? undefined) as MetricKind;
  const columns = outputShape[outputShape.length - 1] ?? 1;
  return { name, options, ...bind({ loss, columns }) };
}

/** Whether the metric of this name should fall or rise; undefined of what is no number, or no metric. */
export function betterDirection(name: string): Direction | undefined {
  return Object.hasOwn(metrics, name) ? (metrics[name as keyof typeof metrics]() as MetricKind).better : undefined;
}

/** The names of the metrics that are numbers. */
export function measurableNames(): readonly string[] {
  return names.filter(betterDirection);
}
