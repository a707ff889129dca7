import { sizeOf, showShape, type Shape } from "../../tensor/shape";
import { ArgumentError, ShapeError } from "../../errors";
import type { Graph, Value } from "../../graph/graph";
import { boolean, finiteNumber, integer } from "../../options";
import { groupNormalization as groupNormalizationOp } from "../../ops/groupNormalization";
import { axisOf, checkAxis } from "../axes";
import { type InitializerLike, readInitializer } from "../../initializers/initializer";
import { Layer, type LayerOptions, type WeightSpec } from "../../graph/layer";
import { type Regularizer, type RegularizerLike, resolveRegularizer } from "../../regularizers/regularizers";

/** Options of all layers that normalise every sample on its own. */
export interface AffineOptions extends LayerOptions {
  /** Whether there is a factor gamma. Default true. */
  scale?: boolean;
  /** Default `"ones"`. */
  gammaInitializer?: InitializerLike;
  /** Default: none. */
  gammaRegularizer?: RegularizerLike;
}

/** Options of normalizations with a shift. */
export interface CenteredOptions extends AffineOptions {
  /** Added to the variance. Default 0.001. */
  epsilon?: number;
  /** Whether beta is added. Default true. */
  center?: boolean;
  /** Default `"zeros"`. */
  betaInitializer?: InitializerLike;
  /** Default: none. */
  betaRegularizer?: RegularizerLike;
}

/** Options of `layerNormalization`. */
export interface LayerNormalizationOptions extends CenteredOptions {
  /** The axis that is normalised over, or several: the last ones of the input. Default −1. */
  axis?: number | readonly number[];
}

/** Options of `groupNormalization`. */
export interface GroupNormalizationOptions extends CenteredOptions {
  /** Groups that the channels are divided into; −1: every channel on its own. Default 32. */
  groups?: number;
  /** The axis of the channels, which must be the last. Default −1. */
  axis?: number;
}

/** Options of `rmsNormalization`. */
export interface RmsNormalizationOptions extends AffineOptions {
  /** The axis that is normalised over, or several: the last ones of the input. Default −1. */
  axis?: number | readonly number[];
  /** Added to the mean square. Default 1e-6. */
  epsilon?: number;
}

const affineOptions = ["axis", "epsilon", "scale", "gammaInitializer", "gammaRegularizer"];
const centeredOptions = [...affineOptions, "center", "betaInitializer", "betaRegularizer"];

/** How many positions and channels of an input form what is normalised together, and in how many groups. */
interface Division {
  readonly positions: number;
  readonly channels: number;
  readonly groups: number;
}

/** What the three layers share: gamma, beta, and the operation. */
abstract class SampleNormalization extends Layer {
  readonly #weights: readonly (readonly [name: string, InitializerLike, Regularizer?])[];
  readonly #centers: number;
  readonly #epsilon: number;

  constructor(kind: string, options: CenteredOptions, known: readonly string[], centers: boolean, epsilon: number) {
    super(kind, options, known);
    const { name } = this;
    this.#centers = centers ? 1 : 0;
    this.#epsilon = finiteNumber(name, "epsilon", options.epsilon ?? epsilon, { above: 0 });
    const gamma = readInitializer(options.gammaInitializer ?? "ones", name);
    const beta = readInitializer(options.betaInitializer ?? "zeros", name);
    const hasGamma = boolean(name, "scale", options.scale ?? true);
    const hasBeta = boolean(name, "center", options.center ?? centers);
    this.#weights = [
      ...(hasGamma ? [["gamma", gamma, resolveRegularizer(options.gammaRegularizer, name)] as const] : []),
      ...(hasBeta ? [["beta", beta, resolveRegularizer(options.betaRegularizer, name)] as const] : []),
    ];
  }

  /** What is normalised together in an input of this shape, without batch. */
  protected abstract divide(shape: Shape): Division;

  /** Shape of gamma and beta. */
  protected abstract weightShape(shape: Shape): Shape;

  outputShape(...inputs: Shape[]): Shape {
    const shape = this.single(inputs);
    this.divide(shape);
    return shape;
  }

  override weights(...inputs: Shape[]): WeightSpec[] {
    const shape = this.weightShape(this.single(inputs));
    return this.#weights.map(([name, initializer, regularizer]) => ({ name, shape, initializer, regularizer }));
  }

  emit(graph: Graph, [x]: Value[], weights: Value[]): Value {
    const { positions, channels, groups } = this.divide(x.shape.slice(1));
    const samples = sizeOf(x.shape) / positions / channels;
    const affine = Object.fromEntries(this.#weights.map(([name], i) => [name, weights[i]]));
    const moments = graph.value(this.name, [2, samples * groups]);
    return graph.emit(groupNormalizationOp, this.name, { x, ...affine, moments }, x.shape, {
      counts: { samples, positions, channels, groups, centers: this.#centers },
      numbers: { epsilon: this.#epsilon },
    });
  }
}

/** Over the last axes of every sample, each position before them on its own. */
class LastAxesNormalization extends SampleNormalization {
  readonly #axes: readonly number[];

  constructor(
    kind: string,
    options: LayerNormalizationOptions,
    known: readonly string[],
    centers: boolean,
    epsilon: number,
  ) {
    super(kind, options, known, centers, epsilon);
    const axes: readonly unknown[] = Array.isArray(options.axis) ? options.axis : [options.axis ?? -1];
    if (axes.length === 0) throw new ArgumentError(`${this.name}: axis must not be an empty array.`);
    this.#axes = axes.map((axis) => checkAxis(this.name, "axis", axis));
  }

  protected weightShape(shape: Shape): Shape {
    const axes = this.#axes.map((axis) => axisOf(this.name, "axis", axis, shape)).sort((a, b) => a - b);
    if (axes.every((axis, i) => axis === shape.length - axes.length + i)) return shape.slice(-axes.length);
    throw new ShapeError(
      `${this.name}: axis [${this.#axes.join(", ")}] of ${showShape(shape, true)} must be the last one, or the last ones. ` +
        "Put layers.permute() around it.",
    );
  }

  protected divide(shape: Shape): Division {
    return { positions: 1, channels: sizeOf(this.weightShape(shape)), groups: 1 };
  }
}

class GroupNormalization extends SampleNormalization {
  readonly #axis: number;
  readonly #groups: number;

  constructor(options: GroupNormalizationOptions) {
    super("groupNormalization", options, [...centeredOptions, "groups"], true, 1e-3);
    this.#axis = checkAxis(this.name, "axis", options.axis ?? -1);
    this.#groups = options.groups === -1 ? -1 : integer(this.name, "groups", options.groups ?? 32);
  }

  protected weightShape(shape: Shape): Shape {
    return [shape.at(-1)!];
  }

  protected divide(shape: Shape): Division {
    if (axisOf(this.name, "axis", this.#axis, shape) !== shape.length - 1) {
      throw new ShapeError(
        `${this.name}: axis ${this.#axis} of ${showShape(shape, true)} is not the last, where the channels stand. ` +
          "Put layers.permute() around it.",
      );
    }
    const channels = shape.at(-1)!;
    const groups = this.#groups === -1 ? channels : this.#groups;
    if (channels % groups === 0) return { positions: sizeOf(shape) / channels, channels, groups };
    throw new ShapeError(
      `${this.name}: ${channels} channels of ${showShape(shape, true)} cannot be divided into ${groups} groups. ` +
        `Give groups a divisor of ${channels}, or −1 for one channel each.`,
    );
  }
}

/**
 * Brings every sample, at each position, to mean 0 and variance 1 over its last axis (or last axes), then scales and shifts
 * it (Ba et al. 2016). Shape unchanged. Weights `gamma` and `beta` in the shape of these axes. Training and inference do
 * the same.
 *
 * @throws ArgumentError when an option is unknown or out of range
 */
export function layerNormalization(options: LayerNormalizationOptions = {}): Layer {
  return new LastAxesNormalization("layerNormalization", options, centeredOptions, true, 1e-3);
}

/**
 * Brings groups of a sample's channels, over all positions, to mean 0 and variance 1, then scales and shifts every channel
 * (Wu & He 2018). Shape unchanged. Weights `gamma` and `beta` `[channels]`. With `groups: 1` all channels are one group,
 * with `groups: -1` each is its own.
 *
 * @throws ArgumentError when an option is unknown or out of range
 */
export function groupNormalization(options: GroupNormalizationOptions = {}): Layer {
  return new GroupNormalization(options);
}

/**
 * Divides every sample, at each position, by the root mean square of its last axis (or last axes), then scales it (Zhang &
 * Sennrich 2019). Shape unchanged. Weight `gamma` in the shape of these axes.
 *
 * @throws ArgumentError when an option is unknown or out of range
 */
export function rmsNormalization(options: RmsNormalizationOptions = {}): Layer {
  return new LastAxesNormalization("rmsNormalization", options, affineOptions, false, 1e-6);
}
