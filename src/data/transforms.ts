import { ArgumentError, DataError, ShapeError } from "../errors";
import { checkArity, checkOptions, integer, oneOf, show } from "../options";
import { Dataset } from "./dataset";
import { gatherRows, type Item, listOf } from "./item";
import { fromTensors } from "./sources";
import { Tensor, type TensorLike, toExactTensor } from "../tensor/tensor";

/**
 * What is learned from a training set and then applied, unchanged, to every set: training, validation, test, and what
 * is predicted from later. Learning from all data before splitting it would tell the model about its test.
 *
 * A feature is a position on the last axis of x, with whatever stands before it counted as more values of that feature.
 */
export abstract class FeatureTransform {
  /** @internal */
  constructor(
    /** @internal */
    readonly who: string,
    /** How many features the training set has. */
    readonly featureCount: number,
  ) {}

  /** The same dataset with changed x, as float32. One in memory stays in memory: its samples are copied once, here. */
  apply(dataset: Dataset): Dataset;
  /** The same samples `[samples, …]`, changed, as float32: what `predict` is given. */
  apply(x: TensorLike): Tensor<"float32">;
  apply(given: Dataset | TensorLike): Dataset | Tensor {
    if (!(given instanceof Dataset)) return this.change({ x: toExactTensor(given, `${this.who}: x`, 1) }, true);
    return this.#applyToDataset(given);
  }

  #applyToDataset(dataset: Dataset): Dataset {
    const { selection } = dataset;
    if (!selection || selection.augmentation) {
      const isBatched = dataset.batchSize !== undefined;
      return dataset.map((item) => ({ ...item, x: this.change(item, isBatched) }));
    }
    const { columns, order, sampleCount } = selection;
    const gather = (column: Tensor) => (order ? gatherRows(column, order, 0, sampleCount) : column);
    const x = this.change({ x: gather(onlyInput(this.who, columns.x)) }, true);
    const { y, sampleWeight } = columns;
    const gathered = { x: [x], y: y.map(gather), sampleWeight: sampleWeight?.map(gather) };
    return new Dataset(selection.with({ columns: gathered, order: undefined }));
  }

  /** @internal */
  change(item: Item, isBatched: boolean): Tensor {
    const x = onlyInput(this.who, listOf(item.x));
    const features = featuresOf(x, isBatched);
    if (features !== this.featureCount) {
      throw new ShapeError(`${this.who}: learned ${this.featureCount} features, got x of shape [${x.shape}].`);
    }
    const isScalar = x.shape.length === (isBatched ? 1 : 0);
    return this.transform(x, isScalar ? x.shape : x.shape.slice(0, -1));
  }

  /** @internal The changed copy of an x of the right number of features. @param leading the shape without the features. */
  protected abstract transform(x: Tensor, leading: readonly number[]): Tensor;
}

/** Subtracts a mean and divides by a deviation. */
export class Standardization extends FeatureTransform {
  /** @internal */
  constructor(
    /** The mean of each feature, or the one mean of all. */
    readonly mean: Float64Array,
    /** The standard deviation (of the population) of each feature; 1 for a feature that never varies. */
    readonly deviation: Float64Array,
    featureCount: number,
  ) {
    super("standardize", featureCount);
  }

  /** @internal */
  protected transform(x: Tensor): Tensor {
    const { mean, deviation } = this;
    const { exact } = x;
    const values = exact ?? x.data;
    const result = new Float32Array(x.size);
    for (let i = 0; i < x.size; i++) {
      const feature = i % mean.length;
      // The mean of a feature that never varies is one of its values, which is 0 also when it comes in float32.
      const isMean = values[i] === Math.fround(mean[feature]) && x.dtype === "float32" && !exact;
      result[i] = isMean ? 0 : (values[i] - mean[feature]) / deviation[feature];
    }
    return new Tensor(result, x.shape);
  }
}

/** Puts a learned value where one is missing. */
export class Imputation extends FeatureTransform {
  /** @internal */
  constructor(
    /** What stands in for NaN in each feature: its mean, its median or its most frequent value. */
    readonly statistics: Float64Array,
  ) {
    super("impute", statistics.length);
  }

  /** @internal */
  protected transform(x: Tensor): Tensor {
    const result = Float64Array.from(x.exact ?? x.data);
    for (let i = 0; i < result.length; i++) {
      if (Number.isNaN(result[i])) result[i] = this.statistics[i % this.featureCount];
    }
    return Tensor.rounded(result, x.shape, this.who);
  }
}

/** Writes a feature of codes as one feature for each code; a code that was not in the training set is 0 in all of them. */
export class OneHotEncoding extends FeatureTransform {
  readonly #columns: ReadonlyMap<number, ReadonlyMap<number, number>>;

  /** @internal */
  constructor(
    featureCount: number,
    /** The codes of each encoded feature, ascending: the order of the features that replace it. */
    readonly codes: ReadonlyMap<number, readonly number[]>,
  ) {
    super("oneHot", featureCount);
    const columnsOf = (list: readonly number[]) => new Map(list.map((code, column) => [code, column]));
    this.#columns = new Map([...codes].map(([feature, list]) => [feature, columnsOf(list)]));
  }

  /** @internal */
  protected transform(x: Tensor, leading: readonly number[]): Tensor {
    const widths = Array.from({ length: this.featureCount }, (_, feature) => this.codes.get(feature)?.length ?? 1);
    const width = widths.reduce((total, own) => total + own, 0);
    const values = x.exact ?? x.data;
    const result = new Float64Array((x.size / this.featureCount) * width);
    let offset = 0;
    for (let i = 0; i < x.size; i++) {
      const feature = i % this.featureCount;
      const columns = this.#columns.get(feature);
      if (columns === undefined) result[offset] = values[i];
      else if (columns.has(values[i])) result[offset + columns.get(values[i])!] = 1;
      offset += widths[feature];
    }
    return Tensor.rounded(result, [...leading, width], this.who);
  }
}

/** Options of `standardize`. */
export interface StandardizeOptions {
  /**
   * −1: each feature on the last axis by itself. `null`: one mean and deviation for all values, as is usual for grey
   * images. Default −1.
   */
  axis?: -1 | null | undefined;
}

/** Options of `impute`. */
export interface ImputeOptions {
  /**
   * What stands for a missing value: the mean of its feature, the median, or the value that is there most often (of several
   * the smallest). Default "mean".
   */
  strategy?: "mean" | "median" | "mostFrequent" | undefined;
}

/**
 * Learns mean and standard deviation of x from a training set, in one walk, from the numbers as they were given: those of
 * number arrays, a Float64Array or a table in float64, before they are rounded to float32.
 *
 * @param train a dataset, or its x `[samples, …]`
 * @throws DataError when the set is empty, a value is not finite, or a feature was rounded to float32 before and varies less
 *   than float32 can tell. Missing values are for `impute`, before.
 */
export async function standardize(
  train: Dataset | TensorLike,
  options: StandardizeOptions = {},
): Promise<Standardization> {
  checkOptions("standardize", options, ["axis"]);
  const { axis = -1 } = options;
  if (axis !== -1 && axis !== null) throw new ArgumentError(`standardize: axis must be -1 or null, got ${show(axis)}.`);
  const moments = new Moments();
  let isAnyRounded = false;
  const featureCount = await walkFeatures("standardize", train, (value, feature, isRounded) => {
    if (value - value !== 0) throw new DataError(`standardize: feature ${feature} is ${value} in the training set.`);
    isAnyRounded ||= isRounded;
    moments.add(value, axis === null ? 0 : feature);
  });
  const deviation = Float64Array.from(moments.squares, (sum, i) => Math.sqrt(sum / moments.counts[i]));
  if (isAnyRounded) refuseRounded("standardize", moments.means, deviation);
  return new Standardization(
    Float64Array.from(moments.means),
    deviation.map((own) => own || 1),
    featureCount,
  );
}

/**
 * Learns a value for each feature of x from the values that a training set has, to stand for those that are NaN. For
 * features of category codes a mean makes no sense: take the most frequent one, leave those rows out, or encode the codes before.
 *
 * @param train a dataset, or its x `[samples, …]`
 * @throws DataError when the set is empty or a feature has no value at all.
 */
export async function impute(train: Dataset | TensorLike, options: ImputeOptions = {}): Promise<Imputation> {
  checkOptions("impute", options, ["strategy"]);
  const strategy = oneOf("impute", "strategy", options.strategy ?? "mean", ["mean", "median", "mostFrequent"]);
  const learner = new { mean: Means, median: Medians, mostFrequent: Modes }[strategy]();
  const featureCount = await walkFeatures("impute", train, (value, feature) => {
    if (!Number.isNaN(value)) learner.add(value, feature);
  });
  const statistics = Float64Array.from({ length: featureCount }, (_, feature) => {
    const value = learner.of(feature);
    if (value !== undefined) return value;
    throw new DataError(`impute: feature ${feature} has no value in the training set.`);
  });
  return new Imputation(statistics);
}

/**
 * Learns which codes some features of x take in a training set, to write each as a feature of its own.
 *
 * @param train a dataset, or its x `[samples, …]`
 * @param features positions on the last axis, such as `table.featureNames.indexOf("colour")`.
 * @throws DataError when the set is empty or a value is not an integer ≥ 0. NaN is no code, and becomes all zeros.
 */
export async function oneHot(
  train: Dataset | TensorLike,
  features: readonly number[],
  ...rest: never[]
): Promise<OneHotEncoding> {
  checkArity("oneHot", rest, "oneHot(train, features)");
  if (!Array.isArray(features)) {
    throw new ArgumentError(`oneHot: features must be an array of positions, got ${show(features)}.`);
  }
  const found = new Map<number, Set<number>>();
  for (const feature of features) found.set(integer("oneHot", "feature", feature, { min: 0 }), new Set());
  const featureCount = await walkFeatures("oneHot", train, (value, feature) => {
    const codes = found.get(feature);
    if (codes === undefined || Number.isNaN(value)) return;
    if (!Number.isInteger(value) || value < 0) {
      throw new DataError(`oneHot: feature ${feature} is ${value}, which is not a code.`);
    }
    codes.add(value);
  });
  const codes = new Map<number, readonly number[]>();
  for (const [feature, set] of found) {
    if (feature >= featureCount) throw new ArgumentError(`oneHot: there is no feature ${feature} of ${featureCount}.`);
    codes.set(
      feature,
      [...set].sort((a, b) => a - b),
    );
  }
  return new OneHotEncoding(featureCount, codes);
}

/** The steps of float32 from here on are 2 or more: whole numbers fall together. */
const EXACT_INTEGERS = 2 ** 24;

/** Refuses features of float32 numbers so large that their differences went when they were rounded. */
function refuseRounded(who: string, means: ArrayLike<number>, deviation: ArrayLike<number>): void {
  for (let feature = 0; feature < means.length; feature++) {
    const size = Math.abs(means[feature]);
    if (size < EXACT_INTEGERS || deviation[feature] >= size * 2 ** -23) continue;
    throw new DataError(
      `${who}: feature ${feature} is about ${means[feature]} with a deviation of ${deviation[feature]}, less than float32 ` +
        "can tell apart there. Give the numbers as arrays or a Float64Array, or subtract an offset first.",
    );
  }
}

/** Count, mean and sum of squared distances from the mean of each feature, in one pass (Welford 1962). */
class Moments {
  readonly counts: number[] = [];
  readonly means: number[] = [];
  readonly squares: number[] = [];

  add(value: number, feature: number): void {
    this.counts[feature] = (this.counts[feature] ?? 0) + 1;
    const mean = this.means[feature] ?? 0;
    const distance = value - mean;
    this.means[feature] = mean + distance / this.counts[feature];
    this.squares[feature] = (this.squares[feature] ?? 0) + distance * (value - this.means[feature]);
  }
}

/** Learns one number for each feature from its values. */
interface FeatureLearner {
  add(value: number, feature: number): void;
  /** Undefined for a feature without values. */
  of(feature: number): number | undefined;
}

class Means extends Moments implements FeatureLearner {
  of(feature: number): number | undefined {
    return this.counts[feature] ? this.means[feature] : undefined;
  }
}

class Medians implements FeatureLearner {
  readonly #values: number[][] = [];

  add(value: number, feature: number): void {
    this.#values[feature] ??= [];
    this.#values[feature].push(value);
  }

  /** Between the two in the middle when their number is even. */
  of(feature: number): number | undefined {
    if (!this.#values[feature]) return undefined;
    const values = Float64Array.from(this.#values[feature]).sort();
    const [low, high] = [values[(values.length - 1) >> 1], values[values.length >> 1]];
    return low + (high - low) / 2;
  }
}

class Modes implements FeatureLearner {
  readonly #counts: Map<number, number>[] = [];

  add(value: number, feature: number): void {
    this.#counts[feature] ??= new Map();
    const counts = this.#counts[feature];
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }

  of(feature: number): number | undefined {
    let best: readonly [value: number, count: number] | undefined;
    for (const entry of this.#counts[feature] ?? []) {
      const [value, count] = entry;
      if (!best || count > best[1] || (count === best[1] && value < best[0])) best = entry;
    }
    return best?.[0];
  }
}

/** Shows every value of x in a walk with its feature and whether it came in float32, and returns the number of features. */
async function walkFeatures(
  who: string,
  given: Dataset | TensorLike,
  visit: (value: number, feature: number, isRounded: boolean) => void,
): Promise<number> {
  const train = given instanceof Dataset ? given : fromTensors(toExactTensor(given, `${who}: x`, 1));
  if (train.size === Number.POSITIVE_INFINITY) {
    throw new ArgumentError(`${who}: the training set is endless. Put take() before it.`);
  }
  let featureCount: number | undefined;
  for await (const item of train.iterate(0)) {
    const x = onlyInput(who, listOf(item.x));
    const own = featuresOf(x, train.batchSize !== undefined);
    featureCount ??= own;
    if (own !== featureCount) throw new ShapeError(`${who}: items of ${featureCount} and of ${own} features.`);
    const { exact } = x;
    const values = exact ?? x.data;
    const isRounded = x.dtype === "float32" && !exact;
    for (let i = 0; i < x.size; i++) visit(values[i], i % featureCount, isRounded);
  }
  if (!featureCount) throw new DataError(`${who}: the training set is empty.`);
  return featureCount;
}

/** The length of the last axis of a sample; 1 for samples that are single numbers. */
function featuresOf({ shape }: Tensor, isBatched: boolean): number {
  return (isBatched ? shape.slice(1) : shape).at(-1) ?? 1;
}

function onlyInput(who: string, x: readonly Tensor[]): Tensor {
  if (x.length === 1) return x[0];
  throw new ArgumentError(`${who}: the dataset has ${x.length} inputs, expects one. Put map() before it.`);
}
