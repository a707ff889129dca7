import { ArgumentError, ShapeError } from "../../errors";
import { showShape, type Shape } from "../../tensor/shape";
import { boolean, integer, oneOf } from "../../options";
import { type Activation, type ActivationLike, resolveActivation } from "../../activations/activations";
import { type InitializerLike, readInitializer } from "../../initializers/initializer";
import { Layer, type LayerOptions, type WeightSpec } from "../../graph/layer";
import { type Regularizer, type RegularizerLike, resolveRegularizer } from "../../regularizers/regularizers";
import { type ImageSize, type Padding, type Pair, type PairLike, type Places, placesOf } from "./window";
import { readImage, readPair, spanOf } from "./window";

/** Options of every convolution. Sizes are a number or [vertical, horizontal]. */
export interface ConvolutionOptions extends LayerOptions {
  /** Taps of the kernel. */
  kernelSize: PairLike;
  /** Pixels from one window to the next. Default 1. */
  strides?: PairLike;
  /** `"valid"` (default): only windows inside the image. `"same"`: size / strides of them, rounded up, over zeros. */
  padding?: Padding;
  /** Pixels from one tap to the next. Default 1. */
  dilationRate?: PairLike;
  /** Applied to the output. Default: none. */
  activation?: ActivationLike;
  /** Whether a bias is added. Default true. */
  useBias?: boolean;
  /** Default `"zeros"`. */
  biasInitializer?: InitializerLike;
  /** Default: none. */
  biasRegularizer?: RegularizerLike;
}

/** Options of convolutions with one kernel for all channels. */
export interface FiltersOptions extends ConvolutionOptions {
  /** Channels of the output. */
  filters: number;
  /** Default `"glorotUniform"`. */
  kernelInitializer?: InitializerLike;
  /** Default: none. */
  kernelRegularizer?: RegularizerLike;
}

const commonOptions = [
  "kernelSize",
  "strides",
  "padding",
  "dilationRate",
  "activation",
  "useBias",
  "biasInitializer",
  "biasRegularizer",
] as const;

/** What convolutions have in common: windows that move over an image or a sequence, a bias and an activation. */
export abstract class Convolution extends Layer {
  readonly kernelSize: Pair;
  readonly strides: Pair;
  readonly dilationRate: Pair;
  readonly padding: Padding | "causal";
  readonly activation: Activation;
  readonly useBias: boolean;
  readonly #biasInitializer: InitializerLike;
  readonly #biasRegularizer?: Regularizer;

  constructor(
    kind: string,
    options: Omit<ConvolutionOptions, "padding"> & { padding?: Padding | "causal" },
    known: readonly string[],
    readonly dimensions: 1 | 2,
    paddings: readonly (Padding | "causal")[] = ["valid", "same"],
  ) {
    super(kind, options, [...commonOptions, ...known]);
    const { name } = this;
    this.kernelSize = readPair(name, "kernelSize", options?.kernelSize, dimensions);
    this.strides = readPair(name, "strides", options.strides ?? 1, dimensions);
    this.dilationRate = readPair(name, "dilationRate", options.dilationRate ?? 1, dimensions);
    this.padding = oneOf(name, "padding", options.padding ?? "valid", paddings);
    this.activation = resolveActivation(options.activation, name);
    this.useBias = boolean(name, "useBias", options.useBias ?? true);
    this.#biasInitializer = readInitializer(options.biasInitializer ?? "zeros", name);
    this.#biasRegularizer = resolveRegularizer(options.biasRegularizer, name);
  }

  /** Sizes of the only input, given without its batch. */
  protected image(shape: Shape): ImageSize {
    return readImage(this.name, shape, this.dimensions);
  }

  /** Pixels under the kernel. */
  protected get span(): Pair {
    const { kernelSize, dilationRate } = this;
    return [spanOf(kernelSize[0], dilationRate[0]), spanOf(kernelSize[1], dilationRate[1])];
  }

  /** Where windows stand on an image, down and across. */
  protected places({ height, width }: ImageSize, shape: Shape): [down: Places, across: Places] {
    const down = this.dimensions === 1 ? { count: 1, before: 0 } : this.#along(0, height);
    const across = this.#along(1, width);
    if (down.count && across.count) return [down, across];
    const sizes = (pair: Pair) => pair.slice(2 - this.dimensions).join(" × ");
    const isDilated = this.dilationRate.some((rate) => rate > 1);
    const dilated = isDilated ? `, dilated to ${sizes(this.span)},` : "";
    throw new ShapeError(
      `${this.name}: a kernel of ${sizes(this.kernelSize)}${dilated} does not fit into ${showShape(shape, true)}. ` +
        `Use padding: "same" or a smaller kernelSize.`,
    );
  }

  #along(axis: 0 | 1, size: number): Places {
    return placesOf(size, this.span[axis], this.strides[axis], this.padding);
  }

  /** Shape of a kernel: its taps, then the given channels. */
  protected kernelShape(...channels: number[]): Shape {
    return [...this.kernelSize.slice(2 - this.dimensions), ...channels];
  }

  protected biasSpecs(channels: number): WeightSpec[] {
    const initializer = this.#biasInitializer;
    return this.useBias ? [{ name: "bias", shape: [channels], initializer, regularizer: this.#biasRegularizer }] : [];
  }

  /** What the operations' rows say of kernel and strides. */
  protected get steps() {
    const [kernelHeight, kernelWidth] = this.kernelSize;
    const [strideY, strideX] = this.strides;
    const [dilationY, dilationX] = this.dilationRate;
    return { kernelHeight, kernelWidth, strideY, strideX, dilationY, dilationX };
  }
}

/** A convolution whose every filter sees all channels (of its group). */
export abstract class FiltersConvolution extends Convolution {
  readonly filters: number;
  readonly #kernelInitializer: InitializerLike;
  readonly #kernelRegularizer?: Regularizer;

  constructor(
    kind: string,
    options: Omit<FiltersOptions, "padding"> & { padding?: Padding | "causal" },
    known: readonly string[],
    dimensions: 1 | 2,
    paddings?: readonly (Padding | "causal")[],
  ) {
    super(kind, options, ["filters", "kernelInitializer", "kernelRegularizer", ...known], dimensions, paddings);
    const { name } = this;
    this.filters = integer(name, "filters", options.filters);
    this.#kernelInitializer = readInitializer(options.kernelInitializer ?? "glorotUniform", name);
    this.#kernelRegularizer = resolveRegularizer(options.kernelRegularizer, name);
  }

  protected kernelSpec(...channels: [number, number]): WeightSpec {
    const [initializer, regularizer] = [this.#kernelInitializer, this.#kernelRegularizer];
    return { name: "kernel", shape: this.kernelShape(...channels), initializer, regularizer };
  }

  /** Groups as an option, a divisor of filters. */
  protected readGroups(groups: number | undefined): number {
    const count = integer(this.name, "groups", groups ?? 1);
    if (this.filters % count === 0) return count;
    throw new ArgumentError(`${this.name}: filters must be a multiple of groups (${count}), got ${this.filters}.`);
  }
}
