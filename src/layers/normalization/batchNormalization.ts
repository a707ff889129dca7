import type { Stepping } from "../../graph/steps";
import { sizeOf, showShape, type Shape } from "../../tensor/shape";
import { ShapeError } from "../../errors";
import type { Graph, Value } from "../../graph/graph";
import { finiteNumber } from "../../options";
import { flag, type Option, type OptionsOf, positive, readSettings, type SettingsOf } from "../../optionTable";
import { batchNormalization as batchNormalizationOp } from "../../ops/batchNormalization";
import { movingAverage } from "../../ops/movingAverage";
import { normalizeByMoments } from "../../ops/normalizeByMoments";
import { axis, axisOf } from "../axes";
import { Layer, type LayerOptions, type OutputMask, passMask, type WeightSpec } from "../../graph/layer";
import { type LayerCall, type Node, shapeOf } from "../../graph/node";
import { add, divide, multiply, rsqrt, square, subtract, where } from "../../nodes/elementwise";
import { sum } from "../../nodes/reductions";
import { emitFunction, maskLike } from "../masks";
import { initializer, regularizer, weightSpec } from "../options";

const share: Option<number> = (given, who, option) => finiteNumber(who, option, given, { min: 0, max: 1 });

/** How options of `batchNormalization` are read. */
const batchNormalizationOptions = {
  /** The axis of the channels, which must be the last. Default −1. */
  axis: [axis, -1],
  /** Share of the old value that a moving average keeps at every step. Default 0.99. */
  momentum: [share, 0.99],
  /** Added to the variance. Default 0.001. */
  epsilon: [positive, 1e-3],
  /** Whether beta is added. Default true. */
  center: [flag, true],
  /** Whether there is a factor gamma. Default true. */
  scale: [flag, true],
  /** Default `"zeros"`. */
  betaInitializer: [initializer, "zeros"],
  /** Default `"ones"`. */
  gammaInitializer: [initializer, "ones"],
  /** Default `"zeros"`. */
  movingMeanInitializer: [initializer, "zeros"],
  /** Default `"ones"`. */
  movingVarianceInitializer: [initializer, "ones"],
  /** Default: none. */
  betaRegularizer: regularizer,
  /** Default: none. */
  gammaRegularizer: regularizer,
} as const;

/** Options of `batchNormalization`. */
export interface BatchNormalizationOptions extends LayerOptions, OptionsOf<typeof batchNormalizationOptions> {}

/** Keras adds it to the number of valid places, so that none is no division by 0. */
const KERAS_EPSILON = 1e-7;

/** Places of a node for each of its mask. */
function placesPerMask(node: Node, mask: Node): number {
  return sizeOf(shapeOf(node).slice(0, -1)) / sizeOf(shapeOf(mask));
}

class BatchNormalization extends Layer {
  readonly #settings: SettingsOf<typeof batchNormalizationOptions>;

  constructor(options: BatchNormalizationOptions) {
    super("batchNormalization", options, Object.keys(batchNormalizationOptions));
    this.#settings = readSettings(this.name, this.options, batchNormalizationOptions);
  }

  override stepping(): Stepping {
    return "each";
  }

  outputShape(...inputs: Shape[]): Shape {
    const shape = this.single(inputs);
    if (axisOf(this.name, "axis", this.#settings.axis, shape) === shape.length - 1) return shape;
    throw new ShapeError(
      `${this.name}: axis ${this.#settings.axis} of ${showShape(shape, true)} is not the last, where the channels stand. ` +
        "Put layers.permute() around it.",
    );
  }

  override weights(...inputs: Shape[]): WeightSpec[] {
    const shape = [this.single(inputs).at(-1)!];
    const { scale, center } = this.#settings;
    return [
      ...(scale ? [weightSpec("gamma", shape, this.#settings)] : []),
      ...(center ? [weightSpec("beta", shape, this.#settings)] : []),
      { ...weightSpec("movingMean", shape, this.#settings), name: "moving_mean", isState: true },
      { ...weightSpec("movingVariance", shape, this.#settings), name: "moving_variance", isState: true },
    ];
  }

  protected override usedMasks([{ mask }]: readonly Node[]): readonly Node[] {
    return mask ? [mask] : [];
  }

  protected override outputMask(call: LayerCall): OutputMask {
    return passMask(call);
  }

  emit(graph: Graph, [x]: Value[], weights: Value[], [mask]: readonly (Value | undefined)[] = []): Value {
    const channels = x.shape.at(-1)!;
    const { scale, center, momentum, epsilon } = this.#settings;
    const [movingMean, movingVariance] = weights.slice(-2);
    const affine: Record<string, Value> = {
      ...(scale && { gamma: weights[0] }),
      ...(center && { beta: weights.at(-3)! }),
    };
    const attributes = {
      counts: { rows: sizeOf(x.shape) / channels, channels },
      numbers: { epsilon },
    };
    if (!graph.training || movingMean.frozen) {
      const values = { x, ...affine, mean: movingMean, variance: movingVariance };
      return graph.emit(normalizeByMoments, this.name, values, x.shape, attributes);
    }
    const rule = { counts: { count: channels }, numbers: { momentum } };
    const keepMoments = (mean: Value, variance: Value) => {
      graph.emitUpdate(movingAverage, this.name, { moving: movingMean, value: mean }, rule);
      graph.emitUpdate(movingAverage, this.name, { moving: movingVariance, value: variance }, rule);
    };
    if (mask) {
      const [y, mean, variance] = this.#emitMasked(graph, x, mask, affine);
      keepMoments(mean, variance);
      return y;
    }
    const mean = graph.value(this.name, [channels]);
    const variance = graph.value(this.name, [channels]);
    keepMoments(mean, variance);
    return graph.emit(batchNormalizationOp, this.name, { x, ...affine, mean, variance }, x.shape, attributes);
  }

  /** With the moments of the valid places: output, mean and variance. */
  #emitMasked(graph: Graph, x: Value, mask: Value, { gamma, beta }: Record<string, Value>): Value[] {
    const call = (node: Node, places: Node, ...affine: Node[]) => {
      const valid = maskLike(places, node);
      const axis = node.dimensions.slice(1).map((_, i) => i);
      const count = add(multiply(sum(places), placesPerMask(node, places)), KERAS_EPSILON);
      const mean = divide(sum(where(valid, node, 0), { axis }), count);
      const distances = where(valid, square(subtract(node, mean)), 0);
      const variance = divide(sum(distances, { axis }), count);
      let y = multiply(subtract(node, mean), rsqrt(add(variance, this.#settings.epsilon)));
      if (gamma) y = multiply(y, affine.shift()!);
      if (beta) y = add(y, affine.shift()!);
      return [y, mean, variance];
    };
    const weights = [gamma, beta].filter((weight) => weight !== undefined);
    return emitFunction(graph, this.name, [x, mask], weights, call);
  }
}

/**
 * Brings every channel (the last axis) to mean 0 and variance 1, then scales and shifts it: `gamma · x̂ + beta` (Ioffe &
 * Szegedy 2015). Shape unchanged.
 *
 * Training uses the moments of the batch, over all samples and positions, and keeps moving averages of them (of the biased
 * variance, as in Keras). Evaluation and prediction use the averages. With `trainable: false`, training uses the averages, too,
 * and leaves them as they are. Of an input with a mask the moments are those of its valid places. `gradients` uses the moments of the batch, as training does, and leaves the averages alone.
 *
 * Weights `gamma` and `beta`, state `moving_mean` and `moving_variance`, each `[channels]`.
 *
 * @throws ArgumentError when an option is unknown or out of range
 */
export function batchNormalization(options: BatchNormalizationOptions = {}): Layer {
  return new BatchNormalization(options);
}
