import { Tensor } from "../tensor/tensor";
import { ArgumentError, ShapeError } from "../errors";
import type { Dimension } from "../graph/dimension";
import type { Trace } from "../graph/traced";
import { type Loss, losses, targetShapeOf } from "../losses/losses";
import { CustomMetric, custom } from "./custom";
import { exp, log } from "../numeric/elementary";
import { averages } from "../ops/metrics/averages";
import { absoluteErrors } from "../ops/metrics/absoluteErrors";
import { binaryAccuracy as binaryAccuracyOp } from "../ops/metrics/binaryAccuracy";
import { binaryConfusion } from "../ops/metrics/binaryConfusion";
import { classAccuracy } from "../ops/metrics/classAccuracy";
import { columnResiduals } from "../ops/metrics/columnResiduals";
import { confusionMatrix as confusionMatrixOp } from "../ops/metrics/confusionMatrix";
import { ndcgAtK as ndcgAtKOp } from "../ops/metrics/ndcgAtK";
import { rankedScores, type RankedScore, sortScores } from "../ops/metrics/rankedScores";
import { recallAtK as recallAtKOp } from "../ops/metrics/recallAtK";
import { rowCosines } from "../ops/metrics/rowCosines";
import { squaredErrors } from "../ops/metrics/squaredErrors";
import { thresholdHistogram } from "../ops/metrics/thresholdHistogram";
import { topKAccuracy as topKAccuracyOp } from "../ops/metrics/topKAccuracy";
import { weightedBinaryAccuracy } from "../ops/metrics/weightedBinaryAccuracy";
import { weightedClassAccuracy } from "../ops/metrics/weightedClassAccuracy";
import { weightedErrors } from "../ops/metrics/weightedErrors";
import type { Op } from "../ops/op";
import { sigmoid } from "../ops/sigmoid";
import { softmax } from "../ops/softmax";
import { boolean, checkOptions, finiteNumber, integer, oneOf, show } from "../options";

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
  /** What takes its place where rows have weights, unless `op` takes these itself. */
  readonly weightedOp?: Op | undefined;
  /** Whether samples count as their weights say. */
  readonly isWeighted?: boolean | undefined;
  /** The function over nodes of a metric of one's own, whose numbers `op` adds up. */
  readonly trace?: Trace | undefined;
  /** What a metric of one's own was made of. */
  readonly source?: CustomMetric | undefined;
  /** What predictions go through first: of logits, where a metric is of probabilities. */
  readonly activation?: Op | undefined;
  /** The loss of the single rows, whose mean over the places that count `op` adds up. */
  readonly rowLoss?: Loss | undefined;
  /** So many items of each row are ranked by their scores, which come to `op` in that order. */
  readonly ranked?: number | undefined;
  /** Whether predictions outside 0…1 are a mistake, as between thresholds from 0 to 1. */
  readonly isOfProbabilities?: boolean | undefined;
  readonly counts: Readonly<Record<string, number>>;
  readonly numbers: Readonly<Record<string, number>>;
  /** Float64 sums for predictions with so many columns. */
  sumsCount(columns: number): number;
  /** So many of them, the first, must be 0 at the beginning; by default all. */
  readonly clearedCount?: number | undefined;
  /** A number; a tensor for confusionMatrix, which only `evaluate` reports. 0 where there is nothing to divide by. */
  result(sums: Float64Array, columns: number): number | Tensor;
}

/** What a metric wants to know of the loss it stands beside: the form of its targets, and what the outputs stand for. */
export type MetricLoss = Pick<Loss, "targets" | "targetShape" | "outputs" | "activation">;

/** Whether a metric should fall or rise. */
export type Direction = "min" | "max";

/** Options of metrics with a threshold. */
export interface ThresholdOptions {
  /**
   * Predictions above it are positive. Default 0.5. It is a probability where the loss takes logits: 0.5 is the logit 0. Of
   * hinge losses, whose outputs are signs, it is a number of the output, by default 0.
   */
  threshold?: number | undefined;
}

/** Options of `topKAccuracy`, `recallAtK` and `ndcgAtK`. */
export interface TopKOptions {
  /** Default 5. Where there are no more classes or items than that, all count. */
  k?: number | undefined;
}

/** Options of `perplexity`. */
export interface PerplexityOptions {
  /**
   * Whether outputs are logits. By default as the loss has it; to be given where the loss is one of your own that takes logits.
   */
  fromLogits?: boolean | undefined;
}

/** Options of `auc`. */
export interface AucOptions {
  /**
   * Makes the curve of so many operating points, at thresholds evenly from 0 to 1, as Keras does (with 200, where nothing
   * else is said); at least 2. Left out, there are no thresholds: see `auc`.
   */
  numThresholds?: number | undefined;
}

/** An output of a model, as a metric sees it. */
interface Output {
  readonly loss: MetricLoss;
  readonly columns: number;
}

/** How a kind of metric becomes the metric of an output. */
type Bind = (output: Output) => Omit<Metric, keyof MetricDescription>;

/** What is to be said of a metric of an output: the rest is as of a mean, which needs no counts and numbers. */
type Bound = Pick<Metric, "op"> & Partial<Metric>;

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

/** The form of targets that a metric needs, and what to do when a loss has the other. */
type Form = readonly [targets: Loss["targets"], hint: string];

const forms = { sparse: "one label a row", same: "targets like the output", own: "targets of a shape of their own" };

const FULL: Form = ["same", "Use a loss that takes one-hot targets."];

function checkForm(who: string, loss: MetricLoss, [form, hint]: Form): void {
  if (loss.targets === form) return;
  throw new ShapeError(`${who}: expects ${forms[form]}, but the loss has ${forms[loss.targets]}. ${hint}`);
}

/** The factory of a kind of metric with one option at most. */
function factory<Options extends object = Record<string, never>, Setting = undefined>(
  name: string,
  better: Direction | undefined,
  form: Form | undefined,
  bind: (output: Output, setting: Setting) => Bound,
  option?: keyof Options & string,
  read?: (who: string, option: string, value: unknown) => Setting,
) {
  const who = `metrics.${name}`;
  return (options: Options = {} as Options): MetricDescription => {
    checkOptions(who, options, option ? [option] : []);
    const setting = option && read?.(who, option, options[option]);
    return new MetricKind(name, options, better, (output) => {
      if (form) checkForm(who, output.loss, form);
      else if (output.loss.targets === "own") {
        throw new ShapeError(
          `${who}: expects ${forms.sparse} or ${forms.same}, but the loss has ${forms.own}. ` +
            "Write it as metrics.custom((yTrue, yPred) => node).",
        );
      }
      return { counts: {}, numbers: {}, ...mean, ...bind(output, setting as Setting) };
    });
  };
}

/** 1 where targets are one label a row. */
const sparseOf = ({ targets }: MetricLoss) => (targets === "sparse" ? 1 : 0);

function classAccuracyOf({ loss }: Output): Bound {
  return { op: classAccuracy, weightedOp: weightedClassAccuracy, counts: { sparse: sparseOf(loss) } };
}

const readThreshold = (who: string, option: string, threshold: unknown) =>
  threshold === undefined ? undefined : finiteNumber(who, option, threshold);

const readK = (who: string, option: string, k: unknown = 5) => integer(who, option, k);

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

function binaryAccuracyOver(name: string, { loss }: Output, threshold?: number): Bound {
  return { op: binaryAccuracyOp, weightedOp: weightedBinaryAccuracy, ...decideAt(name, threshold, loss) };
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

/** A mean over targets like the output. */
const meanOf = (name: string, better: Direction, bound: Bound) => factory(name, better, FULL, () => bound);

const ofSquares: Bound = { op: squaredErrors, weightedOp: weightedErrors, counts: { squares: 1 } };

/** A metric of true positives, false positives and false negatives, over all columns together. */
function ofPositives(name: string, result: (sums: Float64Array) => number) {
  return factory<ThresholdOptions, number | undefined>(
    name,
    "max",
    FULL,
    ({ loss }, threshold) => ({
      op: binaryConfusion,
      ...decideAt(name, threshold, loss),
      sumsCount: () => 3,
      result,
    }),
    "threshold",
    readThreshold,
  );
}

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

/**
 * The cross-entropy that a perplexity is made of: as the loss has it, but without label smoothing.
 *
 * @throws ShapeError when targets are no classes, ArgumentError when the loss says something else of the outputs
 */
function crossentropyOf({ loss, columns }: Output, given: boolean | undefined): Loss {
  const who = "metrics.perplexity";
  if (columns < 2) throw new ShapeError(`${who}: expects an output with a column for every class.`);
  const isSparse = loss.targets === "sparse";
  if (!isSparse && loss.activation !== "softmax") {
    const hint = "Use sparseCategoricalCrossentropy or categoricalCrossentropy.";
    throw new ShapeError(`${who}: expects ${forms.sparse}, but the loss has ${forms[loss.targets]}. ${hint}`);
  }
  const known = loss.outputs === "logits" || loss.outputs === "probabilities" ? loss.outputs === "logits" : undefined;
  if (known !== undefined && given !== undefined && known !== given) {
    throw new ArgumentError(
      `${who}: fromLogits is ${given}, but the loss takes ${loss.outputs}. Leave it out: it is as the loss has it.`,
    );
  }
  const options = { fromLogits: given ?? known ?? false };
  const crossentropy = isSparse
    ? losses.sparseCategoricalCrossentropy(options)
    : losses.categoricalCrossentropy(options);
  return { ...crossentropy, name: "perplexity" };
}

/** A mean over rows of what becomes of the ranks of their items. */
function ofRanks(name: string, op: Op) {
  return factory<TopKOptions, number>(
    name,
    "max",
    undefined,
    ({ loss, columns }, k) => {
      if (columns < 2) throw new ShapeError(`metrics.${name}: expects an output with a column for every item.`);
      const kept = Math.min(k, columns);
      return { op, ranked: kept, counts: { sparse: sparseOf(loss), kept } };
    },
    "k",
    readK,
  );
}

/** Entries of the list of predictions: 768 kB for training and as much for evaluation, and time to sort them. */
const RANKED_CAPACITY = 2 ** 15;

/** The area by ranks: of any numbers, thresholds do not count. */
function aucByRanks(loss: MetricLoss): Bound {
  return {
    op: rankedScores,
    activation: loss.activation === "softmax" ? toProbabilities(loss) : undefined,
    counts: { capacity: RANKED_CAPACITY },
    sumsCount: () => 1 + 3 * RANKED_CAPACITY,
    clearedCount: 1,
    result: (sums) => areaUnderCurve(sortScores(sums, 1, sums[0])),
  };
}

/** The area from thresholds evenly between 0 and 1. */
function aucByThresholds(numThresholds: number, loss: MetricLoss): Bound {
  if (loss.outputs === "signs") {
    throw new ArgumentError(
      "metrics.auc: numThresholds are thresholds of probabilities, but the outputs of a hinge loss are none. " +
        "Leave it out: the area is exact then.",
    );
  }
  const buckets = numThresholds - 1;
  const result = (sums: Float64Array) =>
    areaUnderCurve(Array.from({ length: buckets }, (_, i) => ({ positives: sums[i], negatives: sums[buckets + i] })));
  const row = { op: thresholdHistogram, counts: { buckets }, activation: toProbabilities(loss) };
  return { ...row, isOfProbabilities: true, sumsCount: () => 2 * buckets, result };
}

/** The metrics, each made from an object of options, all of which have defaults. */
export const metrics = {
  custom,
  /**
   * The share of right answers, in the form that fits the loss: binaryAccuracy for one column or binaryCrossentropy,
   * sparseCategoricalAccuracy for labels, categoricalAccuracy otherwise. Logits are compared with 0, the logit of ½, and so
   * are the outputs of hinge losses.
   */
  accuracy: factory("accuracy", "max", undefined, (output) => {
    const { loss, columns } = output;
    const isBinary = loss.targets === "same" && (columns === 1 || loss.activation === "sigmoid");
    return isBinary ? binaryAccuracyOver("accuracy", output) : classAccuracyOf(output);
  }),
  /** The share of single predictions on the right side of `threshold`; targets are 0 or 1, or −1 or 1. */
  binaryAccuracy: factory<ThresholdOptions, number | undefined>(
    "binaryAccuracy",
    "max",
    FULL,
    (output, threshold) => binaryAccuracyOver("binaryAccuracy", output, threshold),
    "threshold",
    readThreshold,
  ),
  /** The share of rows whose largest prediction is where the one-hot target is largest. */
  categoricalAccuracy: factory(
    "categoricalAccuracy",
    "max",
    ["same", 'Use "sparseCategoricalAccuracy".'],
    classAccuracyOf,
  ),
  /** The share of rows whose largest prediction is that of the label. */
  sparseCategoricalAccuracy: factory(
    "sparseCategoricalAccuracy",
    "max",
    ["sparse", 'Use "categoricalAccuracy".'],
    classAccuracyOf,
  ),
  /** The share of rows whose right class is among the `k` largest predictions; for labels and one-hot targets. */
  topKAccuracy: factory<TopKOptions, number>(
    "topKAccuracy",
    "max",
    undefined,
    ({ loss }, k) => ({ op: topKAccuracyOp, counts: { sparse: sparseOf(loss), k } }),
    "k",
    readK,
  ),
  /**
   * Of recommendations: the share of a row's relevant items that are among the `k` with the largest predictions, the mean over
   * rows. Outputs are scores of items, `[batch, items]` or `[batch, time, items]`; targets the number of the one relevant item of
   * a row (losses with class numbers), or relevances of all items, of which those above 0 are relevant. Rows without a relevant
   * item do not count. Of equal scores that of the lower item number is the larger; a score of NaN is never among the first.
   */
  recallAtK: ofRanks("recallAtK", recallAtKOp),
  /**
   * Of recommendations: the normalized discounted cumulative gain of the `k` items with the largest predictions, the mean over
   * rows (Järvelin & Kekäläinen 2002). An item of relevance r at rank n, counted from 1, gains (2^r − 1) / log₂(n + 1); what that
   * adds up to is divided by the largest sum that any order has. Outputs, targets, equal scores and rows without a relevant item are
   * as in `recallAtK`; relevances may be graded, and those below 0 gain nothing.
   */
  ndcgAtK: ofRanks("ndcgAtK", ndcgAtKOp),
  /**
   * Of language models: e to the mean cross-entropy (without label smoothing) of all places that count, exact over a whole pass
   * whatever the batches are; for labels, and for one-hot targets of categoricalCrossentropy. 1 is perfect, the number of
   * classes a guess.
   */
  perplexity: factory<PerplexityOptions, boolean | undefined>(
    "perplexity",
    "min",
    undefined,
    (output, fromLogits) => ({
      op: averages,
      rowLoss: crossentropyOf(output, fromLogits),
      result: ([sum, count]) => (count === 0 ? 0 : exp(sum / count)),
    }),
    "fromLogits",
    (who, option, value) => (value === undefined ? undefined : boolean(who, option, value)),
  ),
  /** Mean squared error. */
  mse: meanOf("mse", "min", ofSquares),
  /** Mean absolute error. */
  mae: meanOf("mae", "min", { op: absoluteErrors, weightedOp: weightedErrors, counts: { squares: 0 } }),
  /** Root of the mean squared error. */
  rmse: factory("rmse", "min", FULL, () => ({ ...ofSquares, result: (sums) => Math.sqrt(mean.result(sums)) })),
  /** How many of the predicted positives are positive. */
  precision: ofPositives("precision", ([both, wrong]) => ratio(both, both + wrong)),
  /** How many of the positives are predicted. */
  recall: ofPositives("recall", ([both, , missed]) => ratio(both, both + missed)),
  /** Harmonic mean of precision and recall. */
  f1: ofPositives("f1", ([both, wrong, missed]) => ratio(2 * both, 2 * both + wrong + missed)),
  /**
   * Area under the ROC curve over all columns together: the chance that a positive is predicted above a negative, where equal
   * predictions count half. Predictions may be any numbers: probabilities, logits, distances.
   *
   * It is exact for up to 32,768 predictions a pass, and for any number of which at most 16,384 differ. With n predictions
   * beyond that it is off by less than 5.4·n / 32,768² (0.0005 for 100,000, 0.005 for 1,000,000) in whatever order they come,
   * as long as the share of positives stays the same; in random order the difference is below 0.00001. With `numThresholds`
   * it is the area of that many operating points, whose error depends on where predictions are.
   */
  auc: factory<AucOptions, number | undefined>(
    "auc",
    "max",
    FULL,
    ({ loss }, numThresholds) =>
      numThresholds === undefined ? aucByRanks(loss) : aucByThresholds(numThresholds, loss),
    "numThresholds",
    (who, option, count) => (count === undefined ? undefined : integer(who, option, count, { min: 2, max: 1e6 })),
  ),
  /** Mean cosine of the angle between a row's prediction and target, 1 when they point the same way. */
  cosineSimilarity: meanOf("cosineSimilarity", "max", { op: rowCosines }),
  /** Coefficient of determination, the mean over columns; 1 is perfect, 0 no better than the mean of the targets. */
  r2: factory("r2", "max", FULL, () => ({
    op: columnResiduals,
    sumsCount: (columns) => 1 + 4 * columns,
    result: determination,
  })),
  /** Counts `[classes, classes]`: row the right class, column the predicted one; for labels and one-hot targets. */
  confusionMatrix: factory("confusionMatrix", undefined, undefined, ({ loss, columns }) => {
    if (columns < 2) throw new ShapeError("metrics.confusionMatrix: expects an output with a column for every class.");
    return {
      op: confusionMatrixOp,
      counts: { sparse: sparseOf(loss) },
      sumsCount: (columns) => columns * columns,
      // Weights of samples need not be whole.
      result: (sums, columns) =>
        new Tensor(sums.every(Number.isInteger) ? Int32Array.from(sums) : Float32Array.from(sums), [columns, columns]),
    };
  }),
};

/** The name of a metric, or another that Keras has for it. */
export type MetricName =
  | Exclude<keyof typeof metrics, "custom">
  | "acc"
  | "meanSquaredError"
  | "meanAbsoluteError"
  | "rootMeanSquaredError";

/** A metric by name, or what `metrics.auc({ … })` returns. */
export type MetricLike = MetricName | MetricDescription;

type NamedMetric = Exclude<keyof typeof metrics, "custom">;

const names = Object.keys(metrics).filter((name) => name !== "custom") as NamedMetric[];

/** Other names that Keras has for some of them; results are kept under ours. */
const aliases = new Map<string, NamedMetric>([
  ["acc", "accuracy"],
  ["meanSquaredError", "mse"],
  ["meanAbsoluteError", "mae"],
  ["rootMeanSquaredError", "rmse"],
]);

/**
 * The metric of an output that a value stands for: a name, a metric, or the `{ name, options }` that is left of one in JSON.
 *
 * @param loss of that output: it says what targets and outputs are.
 * @param outputShape of the model's output, without the batch: only its last size counts, which is no open one.
 * @param who as error messages begin: `compile`.
 */
export function resolveMetric(
  value: unknown,
  loss: MetricLoss,
  outputShape: readonly Dimension[],
  who: string,
): Metric {
  if (typeof value === "function") {
    const factory = names.find((name) => metrics[name] === value);
    const hint = factory
      ? `Call it: metrics.${factory}().`
      : "Wrap a metric of your own: metrics.custom((yTrue, yPred) => node).";
    throw new ArgumentError(`${who}: a metric cannot be ${show(value)}. ${hint}`);
  }
  if (typeof value !== "string" && (value === null || typeof value !== "object" || Array.isArray(value))) {
    throw new ArgumentError(`${who}: a metric must be a name or made by one of metrics, got ${show(value)}.`);
  }
  if (value instanceof CustomMetric) return value.bind(loss, outputShape);
  const given: Partial<MetricDescription> = typeof value === "string" ? { name: aliases.get(value) ?? value } : value;
  const factory = metrics[oneOf(who, "metric", given.name, names)] as (options?: unknown) => MetricDescription;
  const { name, options, bind } = factory(given.options ?? undefined) as MetricKind;
  const columns = (outputShape[outputShape.length - 1] ?? 1) as number;
  return { name, options, ...bind({ loss: { ...loss, targets: formOf(loss, outputShape) }, columns }) };
}

/** The form of targets of a shape of their own, where it is one that other losses have, too. */
function formOf(loss: MetricLoss, outputShape: readonly Dimension[]): Loss["targets"] {
  if (loss.targets !== "own") return loss.targets;
  const targets = targetShapeOf(loss, outputShape);
  const isShape = (shape: readonly Dimension[]) =>
    shape.length === targets.length && shape.every((size, axis) => size === targets[axis]);
  const rows = outputShape.slice(0, -1);
  if (!isShape(outputShape) && !isShape(rows) && !isShape([...rows, 1])) return "own";
  return isShape(outputShape) || outputShape.at(-1) === 1 ? "same" : "sparse";
}

/** Whether the metric of this name should fall or rise; undefined of what is no number, or no metric. */
export function betterDirection(name: string): Direction | undefined {
  return names.includes(name as NamedMetric) ? (metrics[name as NamedMetric]() as MetricKind).better : undefined;
}

/** The names of the metrics that are numbers. */
export function measurableNames(): readonly string[] {
  return names.filter(betterDirection);
}
