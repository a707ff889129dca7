import { ArgumentError, ShapeError } from "../../errors";
import type { Graph, Value } from "../../graph/graph";
import { type Shape, showShape } from "../../tensor/shape";
import { conv2dTranspose as conv2dTransposeOp } from "../../ops/conv2dTranspose";
import { blocksOf } from "../../ops/convolution";
import { show } from "../../options";
import { type Option, type OptionsOf, readSettings } from "../../optionTable";
import { FiltersConvolution, type FiltersOptions } from "./convolution";
import type { Layer, WeightSpec } from "../../graph/layer";
import { type ImageSize, imageShape, type Pair, type PairLike, paddingBefore, readPair } from "./window";

/** Pixels that are added to an output: none is possible. */
const extraLength: Option<PairLike, Pair> = (given, who, option) => readPair(who, option, given, 1, 0);
const extraLengths: Option<PairLike, Pair> = (given, who, option) => readPair(who, option, given, 2, 0);

/** How options of `conv2dTranspose` and `conv1dTranspose` are read. */
const outputOptions = (sizes: Option<PairLike, Pair>) =>
  ({
    /**
     * A convolution turns several sizes into one, of which this chooses one: for each axis a number smaller than its stride.
     * With padding `"valid"` the output has `(size − 1) · stride + kernel + outputPadding` pixels (those that no kernel reaches
     * are bias alone), with `"same"` `(size − 1) · stride + kernel mod 2 + outputPadding`, with a padding in pixels that of
     * `"valid"` less those. `kernel` counts the pixels from the first tap to the last. Default: as many as make the output at least
     * `size · stride`; 0 with a padding in pixels.
     */
    outputPadding: [sizes, undefined],
  }) as const;

/** Options of `conv2dTranspose` and `conv1dTranspose`. */
export interface ConvTransposeOptions extends FiltersOptions, OptionsOf<ReturnType<typeof outputOptions>> {}

/** In one dimension images are one pixel high. */
class ConvTranspose extends FiltersConvolution {
  readonly #outputPadding?: Pair;

  constructor(kind: string, options: ConvTransposeOptions, dimensions: 1 | 2) {
    const table = outputOptions(dimensions === 1 ? extraLength : extraLengths);
    super(kind, options, table, dimensions);
    const { strides } = this.settings;
    this.#outputPadding = readSettings(this.name, this.options, table).outputPadding;
    if (!this.#outputPadding || this.#outputPadding.every((size, axis) => size < strides[axis])) return;
    throw new ArgumentError(
      `${this.name}: outputPadding must be smaller than strides (${strides.slice(2 - dimensions).join(" × ")}), ` +
        `got ${show(options.outputPadding)}.`,
    );
  }

  /** Pixels of the output along an axis: as many as a convolution with these options would turn into `size`. */
  #outputSize(size: number, axis: 0 | 1): number {
    const [stride, span] = [this.settings.strides[axis], this.span[axis]];
    const outputPadding = this.#outputPadding?.[axis];
    const { padding } = this.settings;
    const full = (size - 1) * stride + span;
    if (typeof padding !== "string") return full - padding[axis][0] - padding[axis][1] + (outputPadding ?? 0);
    if (padding === "valid") return full + (outputPadding ?? Math.max(0, stride - span));
    return outputPadding === undefined ? size * stride : (size - 1) * stride + (span % 2) + outputPadding;
  }

  #outputImage({ height, width }: ImageSize): ImageSize {
    const isFlat = this.dimensions === 1;
    const output = {
      height: isFlat ? 1 : this.#outputSize(height, 0),
      width: this.#outputSize(width, 1),
      channels: this.filters,
    };
    if (output.height > 0 && output.width > 0) return output;
    const why =
      typeof this.settings.padding === "string"
        ? 'outputPadding 0 with padding "same" and an even kernel leaves nothing of one pixel. Use 1 or more.'
        : `the padding leaves nothing of ${showShape(imageShape({ height, width, channels: this.filters }, this.dimensions))}.`;
    throw new ShapeError(`${this.name}: ${why}`);
  }

  #before(size: number, outputSize: number, axis: 0 | 1): number {
    const { padding, strides } = this.settings;
    if (typeof padding !== "string") return padding[axis][0];
    return padding === "valid" ? 0 : paddingBefore(size, outputSize, this.span[axis], strides[axis]);
  }

  outputShape(...inputs: Shape[]): Shape {
    return imageShape(this.#outputImage(this.image(this.single(inputs))), this.dimensions);
  }

  override weights(...inputs: Shape[]): WeightSpec[] {
    const { channels } = this.image(this.single(inputs));
    return [this.kernelSpec(this.filters, channels), ...this.biasSpecs(this.filters)];
  }

  emit(graph: Graph, [x]: Value[], [w, b]: Value[]): Value {
    const [batch, ...sample] = x.shape;
    const input = this.image(sample);
    const output = this.#outputImage(input);
    const sizes = {
      ...output,
      ...this.steps,
      batch,
      outHeight: input.height,
      outWidth: input.width,
      filters: input.channels,
      padTop: this.#before(input.height, output.height, 0),
      padLeft: this.#before(input.width, output.width, 1),
      groups: 1,
    };
    const counts = { ...sizes, ...blocksOf(sizes, "y") };
    const values: Record<string, Value> = b ? { x, w, b } : { x, w };
    const shape = [batch, ...imageShape(output, this.dimensions)];
    const y = graph.emit(conv2dTransposeOp, this.name, values, shape, { counts });
    return this.activate(graph, y);
  }
}

/**
 * The transpose of a convolution, which makes images larger: for every pixel of the input the kernel, times that pixel, is
 * added to the output.
 *
 * Input `[batch, height, width, channels]`, output `[batch, height · strides, width · strides, filters]`. With padding `"valid"`
 * the output is larger where the kernel is larger than the strides. `outputPadding` chooses other sizes. Weights: `kernel`
 * `[kernelHeight, kernelWidth, filters, channels]` (the output's channels come first, as in Keras), `bias` `[filters]`.
 *
 * @throws ArgumentError when an option is unknown or out of range
 */
export function conv2dTranspose(options: ConvTransposeOptions): Layer {
  return new ConvTranspose("conv2dTranspose", options, 2);
}

/**
 * The transpose of a convolution over sequences.
 *
 * Input `[batch, length, channels]`, output `[batch, length · strides, filters]`. With padding `"valid"` the output is longer
 * where the kernel is longer than the strides. Weights: `kernel` `[kernelLength, filters, channels]`, `bias` `[filters]`.
 *
 * @throws ArgumentError when an option is unknown or out of range
 */
export function conv1dTranspose(options: ConvTransposeOptions): Layer {
  return new ConvTranspose("conv1dTranspose", options, 1);
}
