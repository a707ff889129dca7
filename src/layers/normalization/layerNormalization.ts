import type { Stepping } from "../../graph/steps";
import { sizeOf, showShape, type Shape } from "../../tensor/shape";
import { ShapeError } from "../../errors";
import type { Graph, Value } from "../../graph/graph";
import {
  checkSize,
  flag,
  type Option,
  type OptionsOf,
  type OptionTable,
  positive,
  readSettings,
  type SettingsOf,
} from "../../optionTable";
import { groupNormalization as groupNormalizationOp } from "../../ops/groupNormalization";
import { axes, axis, axisOf } from "../axes";
import { Layer, type LayerOptions, type OutputMask, passMask, type WeightSpec } from "../../graph/layer";
import type { LayerCall } from "../../graph/node";
import { initializer, regularizer, weightSpec } from "../options";

/** How options of all layers that normalise every sample on its own are read. */
const affineOptions = {
  /** Whether there is a factor gamma. Default true. */
  scale: [flag, true],
  /** Default `"ones"`. */
  gammaInitializer: [initializer, "ones"],
  /** Default: none. */
  gammaRegularizer: regularizer,
} as const;

/** How options of normalizations with a shift are read. */
const centeredOptions = {
  /** Added to the variance. Default 0.001. */
  epsilon: [positive, 1e-3],
  /** Whether beta is added. Default true. */
  center: [flag, true],
  /** Default `"zeros"`. */
  betaInitializer: [initializer, "zeros"],
  /** Default: none. */
  betaRegularizer: regularizer,
} as const;

/** How options of `layerNormalization` are read. */
const axesOptions = {
  /** The axis that is normalised over, or several: the last ones of the input. Default −1. */
  axis: [axes, -1],
} as const;

const groupsOrAll: Option<number> = (given, who, option) => (given === -1 ? -1 : checkSize(who, option, given));

/** How options of `groupNormalization` are read. */
const groupOptions = {
  /** Groups that the channels are divided into; −1: every channel on its own. Default 32. */
  groups: [groupsOrAll, 32],
  /** The axis of the channels, which must be the last. Default −1. */
  axis: [axis, -1],
} as const;

/** How options of `rmsNormalization` are read. */
const rmsOptions = {
  /** Added to the mean square. Default 1e-6. */
  epsilon: [positive, 1e-6],
} as const;

/** Options of all layers that normalise every sample on its own. */
export interface AffineOptions extends LayerOptions, OptionsOf<typeof affineOptions> {}

/** Options of normalizations with a shift. */
export interface CenteredOptions extends AffineOptions, OptionsOf<typeof centeredOptions> {}

/** Options of `layerNormalization`. */
export interface LayerNormalizationOptions extends CenteredOptions, OptionsOf<typeof axesOptions> {}

/** Options of `groupNormalization`. */
export interface GroupNormalizationOptions extends CenteredOptions, OptionsOf<typeof groupOptions> {}

/** Options of `rmsNormalization`. */
export interface RmsNormalizationOptions
  extends AffineOptions,
    OptionsOf<typeof axesOptions>,
    OptionsOf<typeof rmsOptions> {}

/** How many positions and channels of an input form what is normalised together, and in how many groups. */
interface Division {
  readonly positions: number;
  readonly channels: number;
  readonly groups: number;
}

/** What the three layers share: gamma, beta, and the operation. Only those with a beta subtract the mean. */
abstract class SampleNormalization extends Layer {
  readonly #gamma: SettingsOf<typeof affineOptions>;
  readonly #beta?: SettingsOf<typeof centeredOptions>;
  readonly #epsilon: number;

  constructor(kind: string, options: LayerOptions, table: OptionTable, centers: boolean) {
    const others = centers ? centeredOptions : rmsOptions;
    super(kind, options, Object.keys({ ...affineOptions, ...others, ...table }));
    this.#gamma = readSettings(this.name, this.options, affineOptions);
    if (centers) this.#beta = readSettings(this.name, this.options, centeredOptions);
    this.#epsilon = readSettings(this.name, this.options, others).epsilon;
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
    const gamma = this.#gamma.scale ? [weightSpec("gamma", shape, this.#gamma)] : [];
    return this.#beta?.center ? [...gamma, weightSpec("beta", shape, this.#beta)] : gamma;
  }

  protected override outputMask(call: LayerCall): OutputMask {
    return passMask(call);
  }

  emit(graph: Graph, [x]: Value[], weights: Value[]): Value {
    const { positions, channels, groups } = this.divide(x.shape.slice(1));
    const samples = sizeOf(x.shape) / positions / channels;
    const affine: Record<string, Value> = {
      ...(this.#gamma.scale && { gamma: weights[0] }),
      ...(this.#beta?.center && { beta: weights.at(-1)! }),
    };
    const moments = graph.value(this.name, [2, samples * groups]);
    return graph.emit(groupNormalizationOp, this.name, { x, ...affine, moments }, x.shape, {
      counts: { samples, positions, channels, groups, centers: this.#beta ? 1 : 0 },
      numbers: { epsilon: this.#epsilon },
    });
  }
}

/** Over the last axes of every sample, each position before them on its own. */
class LastAxesNormalization extends SampleNormalization {
  readonly #axes: readonly number[];

  constructor(kind: string, options: LayerOptions, centers: boolean) {
    super(kind, options, axesOptions, centers);
    this.#axes = readSettings(this.name, this.options, axesOptions).axis;
  }

  override stepping(): Stepping {
    return "each";
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
  readonly #settings: SettingsOf<typeof groupOptions>;

  constructor(options: GroupNormalizationOptions) {
    super("groupNormalization", options, groupOptions, true);
    this.#settings = readSettings(this.name, this.options, groupOptions);
  }

  protected weightShape(shape: Shape): Shape {
    return [shape.at(-1)!];
  }

  protected divide(shape: Shape): Division {
    const { axis, groups: wanted } = this.#settings;
    if (axisOf(this.name, "axis", axis, shape) !== shape.length - 1) {
      throw new ShapeError(
        `${this.name}: axis ${axis} of ${showShape(shape, true)} is not the last, where the channels stand. ` +
          "Put layers.permute() around it.",
      );
    }
    const channels = shape.at(-1)!;
    const groups = wanted === -1 ? channels : wanted;
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
  return new LastAxesNormalization("layerNormalization", options, true);
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
 * Sennrich 2019). Shape unchanged. Weight `gamma` in the shape of these axes. A mask is passed on; in Keras it is lost here.
 *
 * @throws ArgumentError when an option is unknown or out of range
 */
export function rmsNormalization(options: RmsNormalizationOptions = {}): Layer {
  return new LastAxesNormalization("rmsNormalization", options, false);
}
