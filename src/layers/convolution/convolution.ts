import { ShapeError } from "../../errors";
import { emitActivation } from "../../activations/activations";
import type { Graph, Value } from "../../graph/graph";
import { Layer, type LayerOptions, type WeightSpec } from "../../graph/layer";
import {
  checkCount,
  flag,
  type Option,
  type OptionsOf,
  type OptionTable,
  readSettings,
  type SettingsOf,
  size,
} from "../../optionTable";
import { showShape, type Shape } from "../../tensor/shape";
import { activation, initializer, regularizer, weightSpec } from "../options";
import { type ImageSize, length, lengths, type Padding, type PaddingRule, type Pair, type PairLike } from "./window";
import { padding, paddingOfSequences, type Places, placesOf, readImage, spanOf } from "./window";

/** The options of every convolution, by its dimensions and by what its padding can be. */
const convolutionOptions = <Paddings>(sizes: Option<PairLike, Pair>, padding: Option<Paddings, PaddingRule>) =>
  ({
    /** Taps of the kernel. */
    kernelSize: sizes,
    /** Pixels from one window to the next. Default 1. */
    strides: [sizes, 1],
    /**
     * `"valid"` (default): only windows inside the image. `"same"`: size / strides of them, rounded up, over zeros. Or the zeros
     * around it, `[[top, bottom], [left, right]]`, around sequences `[before, behind]`: PyTorch's `padding: 1` is `[[1, 1], [1, 1]]`.
     */
    padding: [padding, "valid"],
    /** Pixels from one tap to the next. Default 1. */
    dilationRate: [sizes, 1],
    /** Applied to the output. Default: none. */
    activation,
    /** Whether a bias is added. Default true. */
    useBias: [flag, true],
    /** Default `"zeros"`. */
    biasInitializer: [initializer, "zeros"],
    /** Default: none. */
    biasRegularizer: regularizer,
  }) as const;

/** How options of convolutions over images are read. */
type OptionsOfImages = ReturnType<typeof convolutionOptions<Padding>>;
/** The same over sequences, which may be causal. */
type OptionsOfSequences = ReturnType<typeof convolutionOptions<Padding | "causal">>;

/** Options of every convolution. Sizes are a number or [vertical, horizontal]. */
export interface ConvolutionOptions extends LayerOptions, OptionsOf<OptionsOfImages> {}

/** How options of convolutions with one kernel for all channels are read. */
const filtersOptions = {
  /** Channels of the output. */
  filters: size,
  /** Default `"glorotUniform"`. */
  kernelInitializer: [initializer, "glorotUniform"],
  /** Default: none. */
  kernelRegularizer: regularizer,
} as const;

/** Options of convolutions with one kernel for all channels. */
export interface FiltersOptions extends ConvolutionOptions, OptionsOf<typeof filtersOptions> {}

/** What convolutions have in common: windows that move over an image or a sequence, a bias and an activation. */
export abstract class Convolution extends Layer {
  /** The options that all convolutions have. */
  protected readonly settings: SettingsOf<OptionsOfSequences>;

  /** @param table the options that this convolution has besides those of all */
  constructor(
    kind: string,
    options: LayerOptions,
    table: OptionTable,
    readonly dimensions: 1 | 2,
    paddings: Option<never, PaddingRule> = dimensions === 1 ? paddingOfSequences : padding,
  ) {
    const sizes = dimensions === 1 ? length : lengths;
    const common = convolutionOptions(sizes, paddings as Option<Padding | "causal", PaddingRule>);
    super(kind, options, [...Object.keys(common), ...Object.keys(table)]);
    this.settings = readSettings(this.name, this.options, common);
    const { kernelSize, dilationRate } = this.settings;
    this.span.forEach((span, axis) => {
      const what = `a kernel of ${kernelSize[axis]}, dilated by ${dilationRate[axis]}, has ${span} pixels`;
      checkCount(span, `${this.name}: ${what}`);
    });
  }

  /** Sizes of the only input, given without its batch. */
  protected image(shape: Shape): ImageSize {
    return readImage(this.name, shape, this.dimensions);
  }

  /** Pixels under the kernel, down and across. */
  protected get span(): Pair {
    const { kernelSize, dilationRate } = this.settings;
    return [spanOf(kernelSize[0], dilationRate[0]), spanOf(kernelSize[1], dilationRate[1])];
  }

  /** Where windows stand on an image, down and across. */
  protected places({ height, width }: ImageSize, shape: Shape): [down: Places, across: Places] {
    const down = this.dimensions === 1 ? { count: 1, before: 0 } : this.#along(0, height);
    const across = this.#along(1, width);
    if (down.count && across.count) return [down, across];
    const { kernelSize, dilationRate } = this.settings;
    const sizes = (pair: Pair) => pair.slice(2 - this.dimensions).join(" × ");
    const isDilated = dilationRate.some((rate) => rate > 1);
    const dilated = isDilated ? `, dilated to ${sizes(this.span)},` : "";
    throw new ShapeError(
      `${this.name}: a kernel of ${sizes(kernelSize)}${dilated} does not fit into ${showShape(shape, true)}. ` +
        `Use padding: "same" or a smaller kernelSize.`,
    );
  }

  #along(axis: 0 | 1, size: number): Places {
    return placesOf(size, this.span[axis], this.settings.strides[axis], this.settings.padding, axis);
  }

  /** Shape of a kernel: its taps, then the given channels. */
  protected kernelShape(...channels: number[]): Shape {
    return [...this.settings.kernelSize.slice(2 - this.dimensions), ...channels];
  }

  /** The bias as a list of one weight, an empty list without one. */
  protected biasSpecs(channels: number): WeightSpec[] {
    return this.settings.useBias ? [weightSpec("bias", [channels], this.settings)] : [];
  }

  /** Adds the activation to the graph. */
  protected activate(graph: Graph, x: Value): Value {
    return emitActivation(graph, this.settings.activation, x, this.name);
  }

  /** What the operations' rows say of kernel and strides. */
  protected get steps() {
    const { kernelSize, strides, dilationRate } = this.settings;
    const [kernelHeight, kernelWidth] = kernelSize;
    const [strideY, strideX] = strides;
    const [dilationY, dilationX] = dilationRate;
    return { kernelHeight, kernelWidth, strideY, strideX, dilationY, dilationX };
  }
}

/** A convolution in which every filter sees all channels (of its group). */
export abstract class FiltersConvolution extends Convolution {
  readonly filters: number;
  readonly #settings: SettingsOf<typeof filtersOptions>;

  constructor(
    kind: string,
    options: LayerOptions,
    table: OptionTable,
    dimensions: 1 | 2,
    paddings?: Option<never, PaddingRule>,
  ) {
    super(kind, options, { ...filtersOptions, ...table }, dimensions, paddings);
    this.#settings = readSettings(this.name, this.options, filtersOptions);
    this.filters = this.#settings.filters;
  }

  protected kernelSpec(...channels: [number, number]): WeightSpec {
    return weightSpec("kernel", this.kernelShape(...channels), this.#settings);
  }
}
