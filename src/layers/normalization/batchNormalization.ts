import { sizeOf, showShape, type Shape } from "../../tensor/shape";
import { ShapeError } from "../../errors";
import type { Graph, Value } from "../../graph/graph";
import { boolean, finiteNumber } from "../../options";
import { batchNormalization as batchNormalizationOp } from "../../ops/batchNormalization";
import { movingAverage } from "../../ops/movingAverage";
import { normalizeByMoments } from "../../ops/normalizeByMoments";
import { axisOf, checkAxis } from "../axes";
import { type InitializerLike, readInitializer } from "../../initializers/initializer";
import { Layer, type LayerOptions, type WeightSpec } from "../../graph/layer";
import { type Regularizer, type RegularizerLike, resolveRegularizer } from "../../regularizers/regularizers";

/** Options of `batchNormalization`. */
export interface BatchNormalizationOptions extends LayerOptions {
  /** The axis of the channels, which must be the last. Default −1. */
  axis?: number;
  /** Share of the old value that a moving average keeps at every step. Default 0.99. */
  momentum?: number;
  /** Added to the variance. Default 0.001. */
  epsilon?: number;
  /** Whether beta is added. Default true. */
  center?: boolean;
  /** Whether there is a factor gamma. Default true. */
  scale?: boolean;
  /** Default `"zeros"`. */
  betaInitializer?: InitializerLike;
  /** Default `"ones"`. */
  gammaInitializer?: InitializerLike;
  /** Default `"zeros"`. */
  movingMeanInitializer?: InitializerLike;
  /** Default `"ones"`. */
  movingVarianceInitializer?: InitializerLike;
  /** Default: none. */
  betaRegularizer?: RegularizerLike;
  /** Default: none. */
  gammaRegularizer?: RegularizerLike;
}

class BatchNormalization extends Layer {
  readonly #axis: number;
  readonly #momentum: number;
  readonly #epsilon: number;
  readonly #weights: readonly (readonly [name: string, InitializerLike, Regularizer?])[];

  constructor(options: BatchNormalizationOptions) {
    super("batchNormalization", options, [
      "axis",
      "momentum",
      "epsilon",
      "center",
      "scale",
      "betaInitializer",
      "gammaInitializer",
      "movingMeanInitializer",
      "movingVarianceInitializer",
      "betaRegularizer",
      "gammaRegularizer",
    ]);
    const { name } = this;
    this.#axis = checkAxis(name, "axis", options.axis ?? -1);
    this.#momentum = finiteNumber(name, "momentum", options.momentum ?? 0.99, { min: 0, max: 1 });
    this.#epsilon = finiteNumber(name, "epsilon", options.epsilon ?? 1e-3, { above: 0 });
    const initializer = (given: InitializerLike | undefined, otherwise: string) =>
      readInitializer(given ?? otherwise, name);
    const gamma = initializer(options.gammaInitializer, "ones");
    const beta = initializer(options.betaInitializer, "zeros");
    this.#weights = [
      ...(boolean(name, "scale", options.scale ?? true)
        ? [["gamma", gamma, resolveRegularizer(options.gammaRegularizer, name)] as const]
        : []),
      ...(boolean(name, "center", options.center ?? true)
        ? [["beta", beta, resolveRegularizer(options.betaRegularizer, name)] as const]
        : []),
      ["moving_mean", initializer(options.movingMeanInitializer, "zeros")],
      ["moving_variance", initializer(options.movingVarianceInitializer, "ones")],
    ];
  }

  outputShape(...inputs: Shape[]): Shape {
    const shape = this.single(inputs);
    if (axisOf(this.name, "axis", this.#axis, shape) === shape.length - 1) return shape;
    throw new ShapeError(
      `${this.name}: axis ${this.#axis} of ${showShape(shape, true)} is not the last, where the channels stand. ` +
        "Put layers.permute() around it.",
    );
  }

  override weights(...inputs: Shape[]): WeightSpec[] {
    const shape = [this.single(inputs).at(-1)!];
    return this.#weights.map(([name, initializer, regularizer]) => {
      return { name, shape, initializer, regularizer, isState: name.startsWith("moving") };
    });
  }

  emit(graph: Graph, [x]: Value[], weights: Value[]): Value {
    const channels = x.shape.at(-1)!;
    const find = (name: string) => weights[this.#weights.findIndex((weight) => weight[0] === name)];
    const [gamma, beta] = [find("gamma"), find("beta")];
    const [movingMean, movingVariance] = [find("moving_mean"), find("moving_variance")];
    const affine: Record<string, Value> = { ...(gamma && { gamma }), ...(beta && { beta }) };
    const attributes = {
      counts: { rows: sizeOf(x.shape) / channels, channels },
      numbers: { epsilon: this.#epsilon },
    };
    if (!graph.training || movingMean.frozen) {
      const values = { x, ...affine, mean: movingMean, variance: movingVariance };
      return graph.emit(normalizeByMoments, this.name, values, x.shape, attributes);
    }
    const mean = graph.value(this.name, [channels]);
    const variance = graph.value(this.name, [channels]);
    const rule = { counts: { count: channels }, numbers: { momentum: this.#momentum } };
    graph.emitUpdate(movingAverage, this.name, { moving: movingMean, value: mean }, rule);
    graph.emitUpdate(movingAverage, this.name, { moving: movingVariance, value: variance }, rule);
    return graph.emit(batchNormalizationOp, this.name, { x, ...affine, mean, variance }, x.shape, attributes);
  }
}

/**
 * Brings every channel (the last axis) to mean 0 and variance 1, then scales and shifts it: `gamma · x̂ + beta` (Ioffe &
 * Szegedy 2015). Shape unchanged.
 *
 * In training the moments are those of the batch, over all samples and positions, and moving averages of them are kept,
 * of the biased variance as in Keras; evaluation and prediction use those averages. With `trainable: false` training does,
 * too, and the averages stay as they are. `gradients` trains in this sense, but changes nothing.
 *
 * Weights `gamma` and `beta`, state `moving_mean` and `moving_variance`, each `[channels]`.
 *
 * @throws ArgumentError when an option is unknown or out of range
 */
export function batchNormalization(options: BatchNormalizationOptions = {}): Layer {
  return new BatchNormalization(options);
}
