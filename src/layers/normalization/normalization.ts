import type { Stepping } from "../../graph/steps";
import { hasDatasetMark } from "../../tensor/datasetMark";
import { type TensorLike, toTensor } from "../../tensor/tensor";
import { sizeOf, showShape, type Shape } from "../../tensor/shape";
import { ArgumentError, DataError, ShapeError, StateError } from "../../errors";
import type { Graph, Value } from "../../graph/graph";
import { show } from "../../options";
import { finite, notNegative, type Option, type OptionsOf, readSettings } from "../../optionTable";
import { normalizeByMoments } from "../../ops/normalizeByMoments";
import { Moments } from "../../numeric/moments";
import type { Initializer } from "../../initializers/initializer";
import { Layer, type LayerOptions, type OutputMask, passMask, type WeightSpec } from "../../graph/layer";
import type { LayerCall } from "../../graph/node";

/** Each feature by itself, or all together. */
const featureAxis: Option<-1 | null | undefined, -1 | null> = (given = -1, who, option) => {
  if (given === -1 || given === null) return given;
  throw new ArgumentError(`${who}: ${option} must be -1 or null, got ${show(given)}.`);
};

const finiteNumbers: Option<number | readonly number[], readonly number[]> = (given, who, option) =>
  (Array.isArray(given) ? given : [given]).map((value) => finite(value, who, option));

const notNegativeNumbers: Option<number | readonly number[], readonly number[]> = (given, who, option) =>
  (Array.isArray(given) ? given : [given]).map((value) => notNegative(value, who, option));

/** How options of a normalization that finds mean and variance itself are read. */
const axisOptions = {
  /** −1: every feature, along the last axis, has moments of its own; `null`: all share theirs. Default −1. */
  axis: featureAxis,
} as const;

/** How options of a normalization by known moments are read. */
const momentOptions = {
  /** Mean of every feature, or one for all. */
  mean: finiteNumbers,
  /** Variance of every feature, or one for all. */
  variance: notNegativeNumbers,
} as const;

/** Options of a normalization that finds mean and variance itself. */
export interface AdaptedNormalizationOptions extends LayerOptions, OptionsOf<typeof axisOptions> {
  /** Belongs to `variance`. Without both, `adapt` finds them. */
  mean?: undefined;
  /** Belongs to `mean`. Without both, `adapt` finds them. */
  variance?: undefined;
}

/** Options of a normalization by known moments. */
export interface GivenNormalizationOptions
  extends LayerOptions,
    OptionsOf<typeof axisOptions>,
    OptionsOf<typeof momentOptions> {}

/** Options of `normalization`: mean and variance, or neither. */
export type NormalizationOptions = AdaptedNormalizationOptions | GivenNormalizationOptions;

/** Added to the variance. Files hold features of variance 0 from when such a feature was divided by the root of this. */
const EPSILON = 1e-14;

/** Beside a smaller variance than this `EPSILON` would count: here it changes the deviation by 0.005 %. */
const SMALLEST_VARIANCE = 1e4 * EPSILON;

/** The layer that `normalization` makes. */
export class Normalization extends Layer {
  readonly #axis: -1 | null;
  #moments?: Readonly<Record<"mean" | "variance", readonly number[]>>;

  /** @internal */
  constructor(options: NormalizationOptions) {
    super("normalization", options, Object.keys({ ...axisOptions, ...momentOptions }));
    this.#axis = readSettings(this.name, this.options, axisOptions).axis;
    const { mean, variance } = options;
    if ((mean === undefined) !== (variance === undefined)) {
      throw new ArgumentError(`${this.name}: mean and variance belong together. Give both, or none and call adapt.`);
    }
    if (mean === undefined) return;
    this.#moments = readSettings(this.name, this.options, momentOptions);
    this.#checkVariance(this.#moments.variance);
  }

  /**
   * Finds mean and biased variance of data `[samples, …, features]`, in one pass in float64. Before the model is used. A
   * feature that never varies has variance 1, so that nothing is made of its rounding.
   *
   * @throws StateError when a model already has the layer's numbers, ShapeError for other features than the layer was
   *   applied to, DataError for data without samples or with NaN or infinity, and for features that vary less than float32,
   *   in which the model sees them, can tell
   */
  adapt(data: TensorLike): this {
    if (this.weightSpecs.some(({ shared }) => shared.version > 0))
      throw new StateError(`${this.name}: adapt comes before the model is used.`);
    if (hasDatasetMark(data)) {
      throw new ArgumentError(`${this.name}: adapt expects a tensor. Give (await dataset.toTensors()).x.`);
    }
    const { data: rounded, exact, shape } = toTensor(data, `${this.name}: adapt`, 1);
    const values = exact ?? rounded;
    const features = this.#axis === null || shape.length === 1 ? 1 : shape[shape.length - 1];
    if (!(values.length >= features)) {
      throw new DataError(`${this.name}: adapt needs at least one sample, got ${showShape(shape)}.`);
    }
    const moments = new Moments();
    for (let i = 0; i < values.length; i++) moments.add(values[i], i % features);
    const [mean, variance] = [moments.means, moments.variances];
    if (![...mean, ...variance].every(Number.isFinite)) throw new DataError(`${this.name}: adapt got NaN or infinity.`);
    this.#checkFeatures({ mean, variance }, this.weightSpecs[0]?.shape[0] ?? features);
    this.#checkVariance(variance);
    for (const [i, own] of variance.entries()) {
      const [size, deviation] = [Math.abs(mean[i]), Math.sqrt(own)];
      if (own === 0 || deviation >= size * 2 ** -23) continue;
      throw new DataError(
        `${this.name}: adapt: feature ${i} is about ${mean[i]} with a deviation of ${deviation}, less than float32 can tell ` +
          "apart there. Subtract an offset first, or use data.standardize, which does so.",
      );
    }
    this.#moments = { mean, variance };
    return this;
  }

  #checkVariance(variance: readonly number[]): void {
    const feature = variance.findIndex((own) => own > 0 && own < SMALLEST_VARIANCE);
    if (feature === -1) return;
    throw new DataError(
      `${this.name}: the variance of feature ${feature} is ${variance[feature]}, the smallest is ${SMALLEST_VARIANCE}. ` +
        "Multiply the feature by a constant first, such as 1e6.",
    );
  }

  #checkFeatures(moments: Readonly<Record<"mean" | "variance", readonly number[]>>, features: number): void {
    for (const [name, { length }] of Object.entries(moments)) {
      if (length === 1 || length === features) continue;
      throw new ShapeError(`${this.name}: has the ${name} of ${length} features, the input has ${features}.`);
    }
  }

  /** @internal */
  override stepping(): Stepping {
    return "each";
  }

  /** @internal */
  outputShape(...inputs: Shape[]): Shape {
    const shape = this.single(inputs);
    if (shape.length === 0) throw new ShapeError(`${this.name}: expects [batch, …, features], got [batch].`);
    if (this.#moments) this.#checkFeatures(this.#moments, shape[shape.length - 1]);
    return shape;
  }

  /** @internal */
  override weights(...inputs: Shape[]): WeightSpec[] {
    const shape = [this.single(inputs).at(-1)!];
    return (["mean", "variance"] as const).map((name) => {
      const initializer: Initializer = { name, options: {}, fill: (target) => this.#fill(target, name) };
      return { name, shape, initializer, isState: true };
    });
  }

  #fill(target: Float32Array, name: "mean" | "variance"): void {
    const values = this.#moments?.[name];
    if (!values)
      throw new StateError(`${this.name}: knows no mean and variance. Call adapt(data), or give both as options.`);
    for (let i = 0; i < target.length; i++) {
      const value = values[i % values.length];
      target[i] = name === "variance" && value === 0 ? 1 : value;
    }
  }

  /** @internal */
  protected override outputMask(call: LayerCall): OutputMask {
    return passMask(call);
  }

  /** @internal */
  emit(graph: Graph, [x]: Value[], [mean, variance]: Value[]): Value {
    const channels = x.shape.at(-1)!;
    return graph.emit(normalizeByMoments, this.name, { x, mean, variance }, x.shape, {
      counts: { rows: sizeOf(x.shape) / channels, channels },
      numbers: { epsilon: EPSILON },
    });
  }
}

/**
 * `(x − mean) / √variance` of every feature, which has mean 0 and variance 1 afterwards; a variance of 0 counts as 1. Mean and
 * variance are found before training, by `normalization().adapt(data)` or by the user. Shape unchanged. State `mean` and
 * `variance`, each `[features]`: saved with the model, never trained.
 *
 * @throws ArgumentError when an option is unknown or out of range
 */
export function normalization(options: NormalizationOptions = {}): Normalization {
  return new Normalization(options);
}
