import type { Graph, Value } from "../../graph/graph";
import type { Shape } from "../../tensor/shape";
import { conv2d as conv2dOp } from "../../ops/conv2d";
import { depthwiseConv2d as depthwiseConv2dOp } from "../../ops/depthwiseConv2d";
import { type OptionsOf, type OptionTable, readSettings, type SettingsOf, size } from "../../optionTable";
import { Convolution, type ConvolutionOptions } from "./convolution";
import type { Layer, LayerOptions, WeightSpec } from "../../graph/layer";
import { initializer, regularizer, weightSpec } from "../options";
import { imageShape } from "./window";

/** How options of `depthwiseConv2d` are read. */
const depthwiseOptions = {
  /** Kernels of each channel. Default 1. */
  depthMultiplier: [size, 1],
  /** Default `"glorotUniform"`. */
  depthwiseInitializer: [initializer, "glorotUniform"],
  /** Default: none. */
  depthwiseRegularizer: regularizer,
} as const;

/** Options of `depthwiseConv2d`. */
export interface DepthwiseConv2dOptions extends ConvolutionOptions, OptionsOf<typeof depthwiseOptions> {}

/** How options of `separableConv2d` are read. */
const pointwiseOptions = {
  /** Channels of the output. */
  filters: size,
  /** Default `"glorotUniform"`. */
  pointwiseInitializer: [initializer, "glorotUniform"],
  /** Default: none. */
  pointwiseRegularizer: regularizer,
} as const;

/** Options of `separableConv2d`. */
export interface SeparableConv2dOptions extends DepthwiseConv2dOptions, OptionsOf<typeof pointwiseOptions> {}

/** A convolution of each channel by itself; what follows is up to the subclasses. */
abstract class Depthwise extends Convolution {
  readonly depthMultiplier: number;
  readonly #settings: SettingsOf<typeof depthwiseOptions>;

  constructor(kind: string, options: LayerOptions, table: OptionTable) {
    super(kind, options, { ...depthwiseOptions, ...table }, 2);
    this.#settings = readSettings(this.name, this.options, depthwiseOptions);
    this.depthMultiplier = this.#settings.depthMultiplier;
  }

  protected depthwiseSpec(name: string, channels: number): WeightSpec {
    return { ...weightSpec("depthwise", this.kernelShape(channels, this.depthMultiplier), this.#settings), name };
  }

  /** Sizes after the depthwise step, without the batch. */
  protected depthwiseShape(shape: Shape): [height: number, width: number, channels: number] {
    const image = this.image(shape);
    const [{ count: height }, { count: width }] = this.places(image, shape);
    return [height, width, image.channels * this.depthMultiplier];
  }

  protected emitDepthwise(graph: Graph, x: Value, w: Value, b?: Value): Value {
    const [batch, ...sample] = x.shape;
    const image = this.image(sample);
    const [{ count: outHeight, before: padTop }, { count: outWidth, before: padLeft }] = this.places(image, sample);
    const sizes = { ...image, ...this.steps, batch, outHeight, outWidth, padTop, padLeft };
    const counts = { ...sizes, multiplier: this.depthMultiplier };
    const values: Record<string, Value> = b ? { x, w, b } : { x, w };
    return graph.emit(depthwiseConv2dOp, this.name, values, [batch, ...this.depthwiseShape(sample)], { counts });
  }
}

class DepthwiseConv2d extends Depthwise {
  constructor(options: DepthwiseConv2dOptions) {
    super("depthwiseConv2d", options, {});
  }

  outputShape(...inputs: Shape[]): Shape {
    return this.depthwiseShape(this.single(inputs));
  }

  override weights(...inputs: Shape[]): WeightSpec[] {
    const { channels } = this.image(this.single(inputs));
    return [this.depthwiseSpec("kernel", channels), ...this.biasSpecs(channels * this.depthMultiplier)];
  }

  emit(graph: Graph, [x]: Value[], [w, b]: Value[]): Value {
    return this.activate(graph, this.emitDepthwise(graph, x, w, b));
  }
}

class SeparableConv2d extends Depthwise {
  readonly #settings: SettingsOf<typeof pointwiseOptions>;

  constructor(options: SeparableConv2dOptions) {
    super("separableConv2d", options, pointwiseOptions);
    this.#settings = readSettings(this.name, this.options, pointwiseOptions);
  }

  outputShape(...inputs: Shape[]): Shape {
    const [height, width] = this.depthwiseShape(this.single(inputs));
    return imageShape({ height, width, channels: this.#settings.filters }, 2);
  }

  override weights(...inputs: Shape[]): WeightSpec[] {
    const { channels } = this.image(this.single(inputs));
    const { filters } = this.#settings;
    const pointwise = weightSpec("pointwise", [1, 1, channels * this.depthMultiplier, filters], this.#settings);
    return [
      this.depthwiseSpec("depthwise_kernel", channels),
      { ...pointwise, name: "pointwise_kernel" },
      ...this.biasSpecs(filters),
    ];
  }

  emit(graph: Graph, [image]: Value[], [depthwise, w, b]: Value[]): Value {
    const x = this.emitDepthwise(graph, image, depthwise);
    const [batch, height, width, channels] = x.shape;
    const { filters } = this.#settings;
    const sizes = { batch, height, width, channels, outHeight: height, outWidth: width, filters };
    const kernel = { kernelHeight: 1, kernelWidth: 1, strideY: 1, strideX: 1, dilationY: 1, dilationX: 1 };
    const counts = {
      ...sizes,
      ...kernel,
      padTop: 0,
      padLeft: 0,
      groups: 1,
      blockPixels: 0,
      blockTiles: 0,
      blockRows: 0,
    };
    const values: Record<string, Value> = b ? { x, w, b } : { x, w };
    const y = graph.emit(conv2dOp, this.name, values, [batch, height, width, filters], { counts });
    return this.activate(graph, y);
  }
}

/**
 * A convolution of every channel by itself: `activation(conv(channel) + bias)`.
 *
 * Input `[batch, height, width, channels]`, output `[batch, outHeight, outWidth, channels · depthMultiplier]`, in which
 * the results of one channel stand side by side. Weights: `kernel` `[kernelHeight, kernelWidth, channels,
 * depthMultiplier]`, `bias` `[channels · depthMultiplier]`.
 *
 * @throws ArgumentError when an option is unknown or out of range
 */
export function depthwiseConv2d(options: DepthwiseConv2dOptions): Layer {
  return new DepthwiseConv2d(options);
}

/**
 * A convolution of every channel by itself, then one of 1 × 1 over all of them (Chollet 2017).
 *
 * Input `[batch, height, width, channels]`, output `[batch, outHeight, outWidth, filters]`. Weights: `depthwise_kernel`
 * `[kernelHeight, kernelWidth, channels, depthMultiplier]`, `pointwise_kernel` `[1, 1, channels · depthMultiplier,
 * filters]`, `bias` `[filters]`.
 *
 * @throws ArgumentError when an option is unknown or out of range
 */
export function separableConv2d(options: SeparableConv2dOptions): Layer {
  return new SeparableConv2d(options);
}
