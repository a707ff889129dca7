import type { Graph, Value } from "../../graph/graph";
import type { Shape } from "../../tensor/shape";
import { conv2d as conv2dOp } from "../../ops/conv2d";
import { depthwiseConv2d as depthwiseConv2dOp } from "../../ops/depthwiseConv2d";
import { integer } from "../../options";
import { emitActivation } from "../../activations/activations";
import { Convolution, type ConvolutionOptions } from "./convolution";
import { type InitializerLike, readInitializer } from "../../initializers/initializer";
import type { Layer, WeightSpec } from "../../graph/layer";
import { type Regularizer, type RegularizerLike, resolveRegularizer } from "../../regularizers/regularizers";
import { imageShape } from "./window";

/** Options of `depthwiseConv2d`. */
export interface DepthwiseConv2dOptions extends ConvolutionOptions {
  /** Kernels of each channel. Default 1. */
  depthMultiplier?: number;
  /** Default `"glorotUniform"`. */
  depthwiseInitializer?: InitializerLike;
  /** Default: none. */
  depthwiseRegularizer?: RegularizerLike;
}

/** Options of `separableConv2d`. */
export interface SeparableConv2dOptions extends DepthwiseConv2dOptions {
  /** Channels of the output. */
  filters: number;
  /** Default `"glorotUniform"`. */
  pointwiseInitializer?: InitializerLike;
  /** Default: none. */
  pointwiseRegularizer?: RegularizerLike;
}

const depthwiseOptions = ["depthMultiplier", "depthwiseInitializer", "depthwiseRegularizer"];

/** A convolution of each channel by itself; what follows is up to the subclasses. */
abstract class Depthwise extends Convolution {
  readonly depthMultiplier: number;
  readonly #initializer: InitializerLike;
  readonly #regularizer?: Regularizer;

  constructor(kind: string, options: DepthwiseConv2dOptions, known: readonly string[]) {
    super(kind, options, [...depthwiseOptions, ...known], 2);
    this.depthMultiplier = integer(this.name, "depthMultiplier", options.depthMultiplier ?? 1);
    this.#initializer = readInitializer(options.depthwiseInitializer ?? "glorotUniform", this.name);
    this.#regularizer = resolveRegularizer(options.depthwiseRegularizer, this.name);
  }

  protected depthwiseSpec(name: string, channels: number): WeightSpec {
    const [initializer, regularizer] = [this.#initializer, this.#regularizer];
    return { name, shape: this.kernelShape(channels, this.depthMultiplier), initializer, regularizer };
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
    super("depthwiseConv2d", options, []);
  }

  outputShape(...inputs: Shape[]): Shape {
    return this.depthwiseShape(this.single(inputs));
  }

  override weights(...inputs: Shape[]): WeightSpec[] {
    const { channels } = this.image(this.single(inputs));
    return [this.depthwiseSpec("kernel", channels), ...this.biasSpecs(channels * this.depthMultiplier)];
  }

  emit(graph: Graph, [x]: Value[], [w, b]: Value[]): Value {
    return emitActivation(graph, this.activation, this.emitDepthwise(graph, x, w, b), this.name);
  }
}

class SeparableConv2d extends Depthwise {
  readonly filters: number;
  readonly #pointwiseInitializer: InitializerLike;
  readonly #pointwiseRegularizer?: Regularizer;

  constructor(options: SeparableConv2dOptions) {
    super("separableConv2d", options, ["filters", "pointwiseInitializer", "pointwiseRegularizer"]);
    this.filters = integer(this.name, "filters", options.filters);
    this.#pointwiseInitializer = readInitializer(options.pointwiseInitializer ?? "glorotUniform", this.name);
    this.#pointwiseRegularizer = resolveRegularizer(options.pointwiseRegularizer, this.name);
  }

  outputShape(...inputs: Shape[]): Shape {
    const [height, width] = this.depthwiseShape(this.single(inputs));
    return imageShape({ height, width, channels: this.filters }, 2);
  }

  override weights(...inputs: Shape[]): WeightSpec[] {
    const { channels } = this.image(this.single(inputs));
    const pointwise = {
      name: "pointwise_kernel",
      shape: [1, 1, channels * this.depthMultiplier, this.filters],
      initializer: this.#pointwiseInitializer,
      regularizer: this.#pointwiseRegularizer,
    };
    return [this.depthwiseSpec("depthwise_kernel", channels), pointwise, ...this.biasSpecs(this.filters)];
  }

  emit(graph: Graph, [image]: Value[], [depthwise, w, b]: Value[]): Value {
    const x = this.emitDepthwise(graph, image, depthwise);
    const [batch, height, width, channels] = x.shape;
    const { filters } = this;
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
    return emitActivation(graph, this.activation, y, this.name);
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
