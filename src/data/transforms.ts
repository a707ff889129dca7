import { ArgumentError, DataError, ShapeError } from "../errors";
import { checkOptions, integer, show } from "../options";
import { Dataset } from "./dataset";
import { gatherRows, type Item, listOf } from "./item";
import { fromTensors } from "./sources";
import { Tensor, type TensorLike, toTensor, zeros } from "../tensor/tensor";

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
    if (!(given instanceof Dataset)) return this.change({ x: toTensor(given, `${this.who}: x`, 1) }, true);
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
    const result = new Float32Array(x.size);
    for (let i = 0; i < x.size; i++) {
      const feature = i % mean.length;
      result[i] = (x.data[i] - mean[feature]) / deviation[feature];
    }
    return new Tensor(result, x.shape);
  }
}

/** Puts a learned value where one is missing. */
export class Imputation extends FeatureTransform {
  /** @internal */
  constructor(
    /** What stands in for NaN in each feature: its mean. */
    readonly mean: Float64Array,
  ) {
    super("impute", mean.length);
  }

  /** @internal */
  protected transform(x: Tensor): Tensor {
    const result = Float32Array.from(x.data);
    for (let i = 0; i < result.length; i++) {
      if (Number.isNaN(result[i])) result[i] = this.mean[i % this.featureCount];
    }
    return new Tensor(result, x.shape);
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
    const result = zeros([...leading, width], "float32");
    let offset = 0;
    for (let i = 0; i < x.size; i++) {
      const feature = i % this.featureCount;
      const columns = this.#columns.get(feature);
      if (columns === undefined) result.data[offset] = x.data[i];
      else if (columns.has(x.data[i])) result.data[offset + columns.get(x.data[i])!] = 1;
      offset += widths[feature];
    }
    return result;
  }
}

/** Options of `standardize`. */
export interface StandardizeOptions {
  /**
   * −1: each feature on the last axis by itself. `null`: one mean and deviation for all values, as is usual for grey
   * images. Default −1.
   */
  axis?: -1 | null;
}

/**
 * Learns mean and standard deviation of x from a training set, in one walk.
 *
 * @param train a dataset, or its x `[samples, …]`
 * @throws DataError when the set is empty or a value is not finite. Missing values are for `impute`, before.
 */
export async function standardize(
  train: Dataset | TensorLike,
  options: StandardizeOptions = {},
): Promise<Standardization> {
  checkOptions("standardize", options, ["axis"]);
  const { axis = -1 } = options;
  if (axis !== -1 && axis !== null) throw new ArgumentError(`standardize: axis must be -1 or null, got ${show(axis)}.`);
  const moments = new Moments();
  const featureCount = await walkFeatures("standardize", train, (value, feature) => {
    if (value - value !== 0) throw new DataError(`standardize: feature ${feature} is ${value} in the training set.`);
    moments.add(value, axis === null ? 0 : feature);
  });
  const deviation = Float64Array.from(moments.squares, (sum, i) => Math.sqrt(sum / moments.counts[i]) || 1);
  return new Standardization(Float64Array.from(moments.means), deviation, featureCount);
}

/**
 * Learns the mean of each feature of x from the values that a training set has, to stand for those that are NaN. For
 * features of category codes it makes no sense: leave those rows out, or encode the codes before.
 *
 * @param train a dataset, or its x `[samples, …]`
 * @throws DataError when the set is empty or a feature has no value at all.
 */
export async function impute(train: Dataset | TensorLike): Promise<Imputation> {
  const moments = new Moments();
  const featureCount = await walkFeatures("impute", train, (value, feature) => {
    if (!Number.isNaN(value)) moments.add(value, feature);
  });
  for (let feature = 0; feature < featureCount; feature++) {
    if (!moments.counts[feature]) throw new DataError(`impute: feature ${feature} has no value in the training set.`);
  }
  return new Imputation(Float64Array.from(moments.means));
}

/**
 * Learns which codes some features of x take in a training set, to write each as a feature of its own.
 *
 * @param train a dataset, or its x `[samples, …]`
 * @param features positions on the last axis, such as `table.featureNames.indexOf("colour")`.
 * @throws DataError when the set is empty or a value is not an integer ≥ 0. NaN is no code, and becomes all zeros.
 */
export async function oneHot(train: Dataset | TensorLike, features: readonly number[]): Promise<OneHotEncoding> {
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

/** Shows every value of x in a walk with its feature, and returns the number of features. */
async function walkFeatures(
  who: string,
  given: Dataset | TensorLike,
  visit: (value: number, feature: number) => void,
): Promise<number> {
  const train = given instanceof Dataset ? given : fromTensors(toTensor(given, `${who}: x`, 1));
  if (train.size === Number.POSITIVE_INFINITY) {
    throw new ArgumentError(`${who}: the training set is endless. Put take() before it.`);
  }
  let featureCount: number | undefined;
  for await (const item of train.iterate(0)) {
    const x = onlyInput(who, listOf(item.x));
    const own = featuresOf(x, train.batchSize !== undefined);
    featureCount ??= own;
    if (own !== featureCount) throw new ShapeError(`${who}: items of ${featureCount} and of ${own} features.`);
    for (let i = 0; i < x.size; i++) visit(x.data[i], i % featureCount);
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
