import { ArgumentError, ShapeError } from "../errors";
import { type PaddingRule, placesOf, readPair, spanOf } from "../layers/convolution/window";
import { conv2d } from "../ops/conv2d";
import { blocksOf, type Convolution as Counts, convolutionCounts, convolutionWorkspace } from "../ops/convolution";
import { checkOptions, integer, show } from "../options";
import { type CoreMachine, checkApart } from "./machine";

/** The sizes of a convolution. */
export interface ConvolutionOptions {
  /** Images. */
  readonly batch: number;
  /** Rows of an image. */
  readonly height: number;
  /** Columns of an image. */
  readonly width: number;
  /** Numbers a pixel of the input. */
  readonly channels: number;
  /** Numbers a pixel of the output. */
  readonly filters: number;
  /** One number for both directions, or [vertical, horizontal]. */
  readonly kernelSize: number | readonly [number, number];
  /** Default 1. */
  readonly strides?: number | readonly [number, number] | undefined;
  /**
   * `"valid"` (default): none. `"same"`: as much as gives ⌈size / stride⌉ places, half of it, rounded down, in front. Or pixels
   * at the top, bottom, left and right.
   */
  readonly padding?: "valid" | "same" | readonly [top: number, bottom: number, left: number, right: number] | undefined;
  /** Default 1. */
  readonly dilationRate?: number | readonly [number, number] | undefined;
  /** Each group of filters sees its own group of channels. Divides both. Default 1. */
  readonly groups?: number | undefined;
}

/** A convolution of fixed sizes, channels last; padding counts as 0. */
export interface Convolution {
  /** [batch, height, width, channels] */
  readonly inputShape: readonly [number, number, number, number];
  /** [kernelHeight, kernelWidth, channels / groups, filters] */
  readonly kernelShape: readonly [number, number, number, number];
  /** [batch, outHeight, outWidth, filters] */
  readonly outputShape: readonly [number, number, number, number];
  /** Bytes of the arena's free part that a call uses meanwhile, beyond those that are always there. */
  readonly scratchBytes: number;
  /**
   * y = x∗w + bias
   *
   * @param x `inputShape`
   * @param w `kernelShape`
   * @param y `outputShape`, apart from the others
   * @param bias [filters]. Default none
   * @throws ArgumentError for arrays that are not of this core or a y that overlaps, ShapeError for another length,
   *   MemoryLimitError when the arena has not `scratchBytes` free
   */
  forward(x: Float32Array, w: Float32Array, y: Float32Array, bias?: Float32Array): void;
  /**
   * dx (=|+=) the gradient by the input. That by the bias is `sumRows` of dy.
   *
   * @param dy `outputShape`, the gradient of y
   * @param w `kernelShape`
   * @param dx `inputShape`, apart from the others
   * @param add whether to add to what is in dx. Default false: store
   * @throws as `forward`
   */
  inputGradient(dy: Float32Array, w: Float32Array, dx: Float32Array, add?: boolean): void;
  /**
   * dw (=|+=) the gradient by the kernel.
   *
   * @param x `inputShape`
   * @param dy `outputShape`, the gradient of y
   * @param dw `kernelShape`, apart from the others
   * @param add whether to add to what is in dw. Default false: store
   * @throws as `forward`
   */
  kernelGradient(x: Float32Array, dy: Float32Array, dw: Float32Array, add?: boolean): void;
}

const OPTIONS = [
  "batch",
  "height",
  "width",
  "channels",
  "filters",
  "kernelSize",
  "strides",
  "padding",
  "dilationRate",
  "groups",
];

function readSides(padding: unknown): PaddingRule {
  if (padding === "valid" || padding === "same") return padding;
  if (!Array.isArray(padding) || padding.length !== 4) {
    throw new ArgumentError(
      `conv2d: padding must be "valid", "same" or [top, bottom, left, right], got ${show(padding)}.`,
    );
  }
  const [top, bottom, left, right] = padding.map((pixels, i) => integer("conv2d", `padding[${i}]`, pixels, { min: 0 }));
  return [
    [top, bottom],
    [left, right],
  ];
}

/** @throws ArgumentError for options out of range, ShapeError when the kernel fits nowhere */
function readCounts(options: ConvolutionOptions): Counts {
  checkOptions("conv2d", options, OPTIONS);
  const read = (option: "batch" | "height" | "width" | "channels" | "filters") =>
    integer("conv2d", option, options?.[option]);
  const [batch, height, width] = [read("batch"), read("height"), read("width")];
  const [channels, filters] = [read("channels"), read("filters")];
  const { padding = "valid", groups: given = 1 } = options;
  const groups = integer("conv2d", "groups", given);
  if (channels % groups !== 0 || filters % groups !== 0) {
    throw new ArgumentError(`conv2d: ${groups} groups do not divide ${channels} channels and ${filters} filters.`);
  }
  const [kernelHeight, kernelWidth] = readPair("conv2d", "kernelSize", options.kernelSize, 2);
  const [strideY, strideX] = readPair("conv2d", "strides", options.strides ?? 1, 2);
  const [dilationY, dilationX] = readPair("conv2d", "dilationRate", options.dilationRate ?? 1, 2);
  const sides = readSides(padding);
  const down = placesOf(height, spanOf(kernelHeight, dilationY), strideY, sides, 0);
  const across = placesOf(width, spanOf(kernelWidth, dilationX), strideX, sides, 1);
  if (down.count < 1 || across.count < 1) {
    throw new ShapeError(
      `conv2d: a kernel of ${kernelHeight}×${kernelWidth} does not fit into an image of ${height}×${width}.`,
    );
  }
  const sizes = {
    batch,
    height,
    width,
    channels,
    outHeight: down.count,
    outWidth: across.count,
    filters,
    kernelHeight,
    kernelWidth,
    strideY,
    strideX,
    padTop: down.before,
    padLeft: across.before,
    dilationY,
    dilationX,
    groups,
  };
  return { ...sizes, ...blocksOf(sizes) };
}

export function convolutionOf(machine: CoreMachine, options: ConvolutionOptions): Convolution {
  const counts = readCounts(options);
  const { batch, height, width, channels, outHeight, outWidth, filters, kernelHeight, kernelWidth, groups } = counts;
  const inputs = batch * height * width * channels;
  const weights = (kernelHeight * kernelWidth * channels * filters) / groups;
  const outputs = batch * outHeight * outWidth * filters;
  const scratchBytes = 4 * convolutionWorkspace(counts);
  const { integers } = machine;
  const places = machine.places(conv2d);
  const run = machine.kernel(conv2d, "Forward");
  const runBack = machine.kernel(conv2d, "Backward");
  const sizes = convolutionCounts.map((name) => ({ place: places[name], count: counts[name] }));
  const tensors = ["x", "dx", "addDx", "w", "dw", "addDw", "b", "db", "addDb", "y", "dy"].map((name) => places[name]);

  /** Everything but the tensors of one direction, which the caller fills in. */
  const begin = (who: string) => {
    for (let i = 0; i < tensors.length; i++) integers[tensors[i]] = 0;
    for (let i = 0; i < sizes.length; i++) integers[sizes[i].place] = sizes[i].count;
    integers[places.workspace] = machine.scratch(who, scratchBytes);
  };

  return {
    inputShape: [batch, height, width, channels],
    kernelShape: [kernelHeight, kernelWidth, channels / groups, filters],
    outputShape: [batch, outHeight, outWidth, filters],
    scratchBytes,

    forward(x, w, y, bias) {
      const who = "conv2d.forward";
      const atX = machine.address(who, "x", x, inputs);
      const atW = machine.address(who, "w", w, weights);
      const atY = machine.address(who, "y", y, outputs);
      const atBias = bias ? machine.address(who, "bias", bias, filters) : 0;
      checkApart(who, "y and x", atY, outputs, atX, inputs);
      checkApart(who, "y and w", atY, outputs, atW, weights);
      if (bias) checkApart(who, "y and bias", atY, outputs, atBias, filters);
      begin(who);
      integers[places.x] = atX;
      integers[places.w] = atW;
      integers[places.b] = atBias;
      integers[places.y] = atY;
      run();
    },

    inputGradient(dy, w, dx, add = false) {
      const who = "conv2d.inputGradient";
      const atDy = machine.address(who, "dy", dy, outputs);
      const atW = machine.address(who, "w", w, weights);
      const atDx = machine.address(who, "dx", dx, inputs);
      checkApart(who, "dx and dy", atDx, inputs, atDy, outputs);
      checkApart(who, "dx and w", atDx, inputs, atW, weights);
      begin(who);
      integers[places.dy] = atDy;
      integers[places.w] = atW;
      integers[places.dx] = atDx;
      integers[places.addDx] = add ? 1 : 0;
      runBack();
    },

    kernelGradient(x, dy, dw, add = false) {
      const who = "conv2d.kernelGradient";
      const atX = machine.address(who, "x", x, inputs);
      const atDy = machine.address(who, "dy", dy, outputs);
      const atDw = machine.address(who, "dw", dw, weights);
      checkApart(who, "dw and x", atDw, weights, atX, inputs);
      checkApart(who, "dw and dy", atDw, weights, atDy, outputs);
      begin(who);
      integers[places.x] = atX;
      integers[places.dy] = atDy;
      integers[places.dw] = atDw;
      integers[places.addDw] = add ? 1 : 0;
      runBack();
    },
  };
}
